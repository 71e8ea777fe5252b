// Turns an ABI into C# records that implement Market.Ethereum.Abi's interfaces: structs end in Tuple, enums in Code,
// calls in Function, results of several values in Result, events in Event, custom errors in Error.
import type { Sources } from "./sources.ts";

export interface AbiParameter {
  name: string;
  type: string;
  internalType?: string;
  components?: AbiParameter[];
  indexed?: boolean;
}

export interface AbiItem {
  type: string;
  name?: string;
  inputs?: AbiParameter[];
  outputs?: AbiParameter[];
}

/** A CLR type and the expression of its AbiType. Composite expressions are kept in a static field of their record. */
interface Mapped {
  clr: string;
  abi: string;
  composite: boolean;
}

const WORDS: Record<string, Mapped> = Object.fromEntries(
  Object.entries({
    bool: ["bool", "Bool"],
    address: ["Address", "Address"],
    bytes32: ["Hash256", "Bytes32"],
    bytes: ["HexBytes", "Bytes"],
    string: ["string", "String"],
    uint8: ["byte", "UInt8"],
    uint16: ["ushort", "UInt16"],
    uint24: ["uint", "UInt24"],
    uint32: ["uint", "UInt32"],
    uint40: ["ulong", "UInt40"],
    uint48: ["ulong", "UInt48"],
    uint64: ["ulong", "UInt64"],
    uint96: ["UInt128", "UInt96"],
    uint128: ["UInt128", "UInt128"],
    uint256: ["BigInteger", "UInt256"],
    int256: ["BigInteger", "Int256"],
  }).map(([type, [clr, member]]) => [type, { clr, abi: `AbiTypes.${member}`, composite: false }]),
);

/** The file names and texts for one contract. */
export function csharpOf(contract: string, abi: AbiItem[], sources: Sources): [string, string][] {
  const structs = new Map<string, AbiParameter[]>();
  const enums = new Set<string>();
  const ofType = (type: string) =>
    abi.filter((item) => item.type === type && item.name !== undefined).sort((a, b) => (a.name! < b.name! ? -1 : 1));
  for (const item of abi) for (const parameter of [...(item.inputs ?? []), ...(item.outputs ?? [])]) collect(parameter, structs, enums);

  const functions = ofType("function");
  const events = ofType("event");
  const errors = ofType("error");
  for (const list of [functions, events, errors]) refuseOverloads(contract, list);

  const files: [string, string][] = [];
  const add = (file: string, parts: string[]) => {
    if (parts.length > 0) files.push([file, fileOf(contract, parts)]);
  };
  add("Enums.cs", [...enums].sort().map((name) => enumOf(name, sources)));
  add("Structs.cs", [...structs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, members]) =>
    recordOf(`${name}Tuple`, members, `IAbiTuple<${name}Tuple>`, sources.notices.get(`struct ${name}`) ?? `Solidity's ${name}.`, [], true)));
  add("Functions.cs", functions.flatMap((item) => functionOf(item, sources)));
  add("Events.cs", events.map((item) => eventOf(item, sources)));
  add("Errors.cs", errors.map((item) => {
    const notice = sources.notices.get(`error ${item.name}`) ?? `The contract reverted with ${signatureOf(item)}.`;
    return recordOf(`${item.name}Error`, item.inputs!, `IAbiError<${item.name}Error>`, notice, [nameMember(item)], true);
  }));
  add("Messages.cs", [messagesOf(contract, events, errors)]);
  return files;
}

function refuseOverloads(contract: string, items: AbiItem[]): void {
  for (let i = 1; i < items.length; i++) {
    if (items[i].name === items[i - 1].name) throw new Error(`${contract} overloads ${items[i].name}: give each its own name`);
  }
}

function collect(parameter: AbiParameter, structs: Map<string, AbiParameter[]>, enums: Set<string>): void {
  if (parameter.type.startsWith("tuple")) {
    structs.set(userName(parameter), parameter.components!);
    for (const member of parameter.components!) collect(member, structs, enums);
  } else if (parameter.internalType?.startsWith("enum ")) enums.add(userName(parameter));
}

/** "struct Market.Terms[]" is Terms. */
const userName = (parameter: AbiParameter): string =>
  parameter.internalType!.replace(/^(struct|enum) /, "").replace(/\[.*$/, "").split(".").at(-1)!;

function mapped(parameter: AbiParameter): Mapped {
  const array = /^(.*)\[(\d*)\]$/.exec(parameter.type);
  if (array) {
    const element = mapped({ ...parameter, type: array[1], internalType: parameter.internalType?.replace(/\[\d*\]$/, "") });
    const abi = array[2] === "" ? `AbiTypes.Array(${element.abi})` : `AbiTypes.FixedArray(${element.abi}, ${array[2]})`;
    return { clr: `ImmutableArray<${element.clr}>`, abi, composite: true };
  }
  if (parameter.type === "tuple") {
    const clr = `${userName(parameter)}Tuple`;
    return { clr, abi: `AbiTypes.Tuple<${clr}>()`, composite: true };
  }
  if (parameter.internalType?.startsWith("enum ")) {
    const clr = `${userName(parameter)}Code`;
    return { clr, abi: `AbiTypes.Enum<${clr}>()`, composite: true };
  }
  const fixed = /^bytes(\d+)$/.exec(parameter.type);
  if (fixed && fixed[1] !== "32") return { clr: "HexBytes", abi: `AbiTypes.FixedBytes(${fixed[1]})`, composite: true };
  const word = WORDS[parameter.type];
  if (!word) throw new Error(`no C# type for ${parameter.type}`);
  return word;
}

const pascal = (name: string): string => name.replace(/^_+/, "").replace(/^./, (first) => first.toUpperCase());

const memberName = (parameter: AbiParameter, index: number): string => (parameter.name === "" ? `Item${index + 1}` : pascal(parameter.name));

const signatureOf = (item: AbiItem): string => `${item.name}(${item.inputs!.map(canonical).join(",")})`;

const canonical = (parameter: AbiParameter): string =>
  parameter.type.startsWith("tuple") ? `(${parameter.components!.map(canonical).join(",")})${parameter.type.slice(5)}` : parameter.type;

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const nameMember = (item: AbiItem): string => `/// <inheritdoc/>\n    public static string Name => "${item.name}";`;

interface Member {
  name: string;
  clr: string;
  /** Expression of the AbiType. */
  type: string;
  /** Declaration of the field that holds a composite type, or nothing. */
  field?: string;
  indexed: boolean;
}

function membersOf(parameters: AbiParameter[]): Member[] {
  return parameters.map((parameter, index) => {
    const name = memberName(parameter, index);
    const { clr, abi, composite } = mapped(parameter);
    const indexed = parameter.indexed === true;
    return composite
      ? { name, clr, type: `${name}Type`, field: `private static readonly AbiType<${clr}> ${name}Type = ${abi};`, indexed }
      : { name, clr, type: abi, indexed };
  });
}

const listOf = (types: string[]): string => (types.length === 0 ? "[]" : `[${types.join(", ")}]`);

function recordOf(name: string, parameters: AbiParameter[], base: string, notice: string, extra: string[], codec: boolean): string {
  const members = membersOf(parameters);
  const body: string[] = [];
  const fields = members.flatMap((member) => member.field ?? []);
  if (fields.length > 0) body.push(fields.join("\n    "));
  body.push(...extra);
  if (codec) {
    const writes = members.map((member) => `        writer.Write(${member.type}, ${member.name});\n`).join("");
    body.push(
      `/// <inheritdoc/>\n    public static IReadOnlyList<AbiType> Components { get; } = ${listOf(members.map((member) => member.type))};`,
      `/// <inheritdoc/>\n    public static ${name} Decode(AbiReader reader) => new(${members.map((member) => `reader.Read(${member.type})`).join(", ")});`,
      `/// <inheritdoc/>\n    public void Encode(AbiWriter writer)\n    {\n${writes}    }`,
    );
  }
  return `/// <summary>${escape(notice)}</summary>\npublic sealed record ${name}(${members.map((member) => `${member.clr} ${member.name}`).join(", ")}) : ${base}\n{\n    ${body.join("\n\n    ")}\n}`;
}

function enumOf(name: string, sources: Sources): string {
  const members = sources.enums.get(name);
  if (!members) throw new Error(`enum ${name} is in no source`);
  const notice = sources.notices.get(`enum ${name}`) ?? `Solidity's ${name}.`;
  const lines = members.map((member, value) => `    /// <summary>${member}.</summary>\n    ${pascal(member)} = ${value},`);
  return `/// <summary>${escape(notice)}</summary>\npublic enum ${name}Code : byte\n{\n${lines.join("\n\n")}\n}`;
}

function functionOf(item: AbiItem, sources: Sources): string[] {
  const name = `${pascal(item.name!)}Function`;
  const notice = sources.notices.get(`function ${item.name}`) ?? `Calls ${signatureOf(item)}.`;
  const outputs = item.outputs ?? [];
  if (outputs.length === 0) return [recordOf(name, item.inputs!, `IAbiFunction<${name}>`, notice, [nameMember(item)], true)];

  const several = outputs.length > 1;
  const result = several ? { clr: `${pascal(item.name!)}Result`, abi: "" } : mapped(outputs[0]);
  const composite = !several && mapped(outputs[0]).composite;
  const results = several ? `${result.clr}.Components` : composite ? "[ResultType]" : `[${result.abi}]`;
  const decode = several ? `${result.clr}.Decode(reader)` : `reader.Read(${composite ? "ResultType" : result.abi})`;
  const extra = [
    nameMember(item),
    ...(composite ? [`private static readonly AbiType<${result.clr}> ResultType = ${result.abi};`] : []),
    `/// <inheritdoc/>\n    public static IReadOnlyList<AbiType> ResultComponents { get; } = ${results};`,
    `/// <inheritdoc/>\n    public static ${result.clr} DecodeResult(AbiReader reader) => ${decode};`,
  ];
  const call = recordOf(name, item.inputs!, `IAbiFunction<${name}, ${result.clr}>`, notice, extra, true);
  return several ? [call, recordOf(result.clr, outputs, `IAbiTuple<${result.clr}>`, `What ${item.name} returns.`, [], true)] : [call];
}

function eventOf(item: AbiItem, sources: Sources): string {
  const name = `${item.name}Event`;
  const members = membersOf(item.inputs!);
  for (const [index, parameter] of item.inputs!.entries()) {
    if (parameter.indexed && (members[index].field !== undefined || ["string", "bytes"].includes(parameter.type)) && !parameter.internalType?.startsWith("enum ")) {
      throw new Error(`${item.name}.${parameter.name}: an indexed member of dynamic type is only a hash`);
    }
  }
  const reads = members.map((member) => `${member.indexed ? "topics" : "data"}.Read(${member.type})`).join(", ");
  const extra = [
    nameMember(item),
    `/// <inheritdoc/>\n    public static IReadOnlyList<AbiType> Components { get; } = ${listOf(members.map((member) => member.type))};`,
    `/// <inheritdoc/>\n    public static IReadOnlyList<AbiType> DataComponents { get; } = ${listOf(members.filter((member) => !member.indexed).map((member) => member.type))};`,
    `/// <inheritdoc/>\n    public static int IndexedCount => ${members.filter((member) => member.indexed).length};`,
    `/// <inheritdoc/>\n    public static ${name} Decode(AbiReader topics, AbiReader data) => new(${reads});`,
  ];
  const notice = sources.notices.get(`event ${item.name}`) ?? `The contract emitted ${signatureOf(item)}.`;
  return recordOf(name, item.inputs!, `IAbiEvent<${name}>`, notice, extra, false);
}

function messagesOf(contract: string, events: AbiItem[], errors: AbiItem[]): string {
  const adds = (items: AbiItem[], suffix: string) => items.map((item) => `\n        .Add<${item.name}${suffix}>()`).join("");
  return `/// <summary>What ${contract} may say, for logs and for reverts.</summary>
public static class ${contract}Messages
{
    /// <summary>Adds all events of the contract to <paramref name="set"/>.</summary>
    public static AbiEventSet AddEvents(AbiEventSet set) => set${adds(events, "Event")};

    /// <summary>Adds all custom errors of the contract to <paramref name="set"/>.</summary>
    public static AbiErrorSet AddErrors(AbiErrorSet set) => set${adds(errors, "Error")};
}`;
}

function fileOf(contract: string, parts: string[]): string {
  const text = parts.join("\n\n");
  const usings = [
    ["System.Collections.Immutable", /\bImmutableArray</],
    ["System.Numerics", /\bBigInteger\b/],
    ["Market.Ethereum", /\bHexBytes\b/],
    ["Market.Ethereum.Abi", /\bAbi/],
    ["Market.Hashing", /\b(Address|Hash256)\b/],
  ] as const;
  const lines = usings.filter(([, pattern]) => pattern.test(text)).map(([name]) => `using ${name};`);
  return `// <auto-generated>Written by \`npm run generate\` in contracts/ from the compiled contracts. Do not edit.</auto-generated>
#nullable enable
${lines.join("\n")}

namespace Market.Chain.Generated.${contract};

${text}
`;
}
