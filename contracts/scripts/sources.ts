// What the ABI does not carry: the members of enums, and the notices above declarations.

export interface Sources {
  /** Members by the enum's name. */
  enums: Map<string, string[]>;
  /** The notice above `function`, `event`, `error`, `struct` or `enum`, by kind and name. */
  notices: Map<string, string>;
}

export function readSources(files: string[]): Sources {
  const enums = new Map<string, string[]>();
  const notices = new Map<string, string>();
  for (const text of files) {
    for (const [, name, body] of text.matchAll(/\benum\s+(\w+)\s*\{([^}]*)\}/g)) {
      enums.set(name, body.replace(/\/\/.*$/gm, "").split(",").map((member) => member.trim()).filter((member) => member !== ""));
    }

    let comment: string[] = [];
    for (const line of text.split("\n").map((line) => line.trim())) {
      const declared = /^(function|event|error|struct|enum)\s+(\w+)/.exec(line);
      if (line.startsWith("///")) comment.push(line.slice(3).trim());
      else if (declared) {
        const notice = noticeOf(comment);
        if (notice !== "" && !notices.has(`${declared[1]} ${declared[2]}`)) notices.set(`${declared[1]} ${declared[2]}`, notice);
      }
      if (!line.startsWith("///")) comment = [];
    }
  }
  return { enums, notices };
}

function noticeOf(comment: string[]): string {
  const lines: string[] = [];
  let taking = true;
  for (const line of comment) {
    const tag = /^@(\w+)\s*(.*)$/.exec(line);
    if (tag) taking = tag[1] === "notice" || tag[1] === "title";
    if (taking) lines.push(tag ? tag[2] : line);
  }
  return lines.join(" ").replace(/\s+/g, " ").trim();
}
