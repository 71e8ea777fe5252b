// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice What attesters sign about a device: EIP-712, domain name "CapabilityRegistry", version "1", chain id and registry address.
struct Statement {
    uint32 device; // the subject
    uint32 classKey; // kind << 24 | level << 20 | region << 12 | spare
    uint16 scorePerLane; // Mfuel per second
    uint16 memoryMiB; // per lane
    uint16 lanes; // tasklets at once
    bytes32 seed; // of the benchmark; one attester signs one statement per device, class and seed
    uint40 issuedAt; // unix seconds
    uint40 expiresAt; // unix seconds
}

/// @notice One attester's signature over a statement's digest.
struct Signature {
    uint32 attester; // its device
    bytes signature; // 65 bytes (or ERC-1271) of that device's operator
}

/// @title Attested capabilities
/// @notice Checks who says what a device is, and tells the market. Level 0 is self-declared; a higher level needs `threshold`
/// statements by operators of staked devices with owners different from the subject's and from one another's.
interface ICapabilityRegistry {
    error CapabilityNotOperator(uint32 device, address caller);
    error CapabilityLevel(uint8 level, uint8 max);
    error CapabilityKind(uint8 kind);
    error CapabilityEmpty(uint32 device);
    error CapabilityIssued(uint40 issuedAt, uint256 earliest, uint256 latest);
    error CapabilityExpiry(uint40 expiresAt, uint256 earliest, uint256 latest);
    error CapabilityTooFewAttesters(uint256 count, uint256 threshold);
    error CapabilityAttestersUnsorted(uint32 attester);
    error CapabilityAttesterRelated(uint32 attester, address owner);
    error CapabilityAttesterUnfit(uint32 attester);
    error CapabilitySignature(uint32 attester);
    error CapabilityNoContradiction();
    error CapabilityReported(uint32 attester);
    error CapabilityLengths(uint256 statements, uint256 signatures);

    /// @notice The device's operator said so itself: level 0.
    event Declared(uint32 indexed device, uint32 indexed classKey, uint16 scorePerLane, uint16 memoryMiB, uint16 lanes, uint40 expiresAt);
    /// @notice `attesters` (device ids) signed the statement of this digest.
    event Attested(uint32 indexed device, uint32 indexed classKey, bytes32 digest, Statement statement, uint32[] attesters);
    /// @notice The attester signed two different statements on one device, class and seed, and lost stake.
    event AttesterSlashed(uint32 indexed attester, address indexed finder, bytes32 first, bytes32 second);

    /// @notice Operator: declares what its device is, at level 0.
    function declare(uint32 device, uint32 classKey, uint16 scorePerLane, uint16 memoryMiB, uint16 lanes, uint40 expiresAt) external;

    /// @notice The subject's operator: hands in signatures, ascending by attester.
    function attest(Statement calldata statement, Signature[] calldata signatures) external;

    /// @notice As `attest`, for several statements on devices of the caller's.
    function attestMany(Statement[] calldata statements, Signature[][] calldata signatures) external;

    /// @notice Anyone: two different statements by one attester on one device, class and seed cost it `slash` of its stake.
    function reportContradiction(
        Statement calldata first,
        Statement calldata second,
        Signature calldata firstSignature,
        Signature calldata secondSignature
    ) external;

    /// @notice The EIP-712 digest that attesters sign.
    function digestOf(Statement calldata statement) external view returns (bytes32);

    function market() external view returns (address);
    /// @notice Signatures that a statement needs.
    function threshold() external view returns (uint8);
    /// @notice Longest life of a statement, in seconds.
    function maxLifetime() external view returns (uint32);
    /// @notice What a contradiction costs, in base units.
    function slash() external view returns (uint64);
    /// @notice Highest level that attesters may give.
    function maxLevel() external view returns (uint8);
    /// @notice issuedAt of the newest statement on the device; older ones are refused.
    function issuedAt(uint32 device) external view returns (uint40);
}
