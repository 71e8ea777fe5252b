// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IComputeMarket} from "../market/IComputeMarket.sol";
import {Capability, Device} from "../market/MarketTypes.sol";
import {ICapabilityRegistry, Signature, Statement} from "./ICapabilityRegistry.sol";

/// @notice What a registry's deployment fixes.
struct RegistryParameters {
    uint8 threshold; // signatures that a statement needs
    uint8 maxLevel; // highest level that attesters may give
    uint32 maxLifetime; // of a statement or declaration, seconds
    uint32 maxAge; // of a statement when it is handed in, seconds
    uint64 slash; // base units that a contradiction costs
    uint64 minStake; // base units that an attester must have at stake; the market's
}

/// @notice Holds no funds. Keeps: no level above zero without `threshold` statements by unrelated, staked, unretired attesters.
contract CapabilityRegistry is ICapabilityRegistry, EIP712 {
    bytes32 private constant STATEMENT = keccak256(
        "Statement(uint32 device,uint32 classKey,uint16 scorePerLane,uint16 memoryMiB,uint16 lanes,bytes32 seed,uint40 issuedAt,uint40 expiresAt)"
    );
    uint256 private constant MAX_ATTESTERS = 16;

    IComputeMarket private immutable _market;
    uint8 private immutable _threshold;
    uint8 private immutable _maxLevel;
    uint32 private immutable _maxLifetime;
    uint32 private immutable _maxAge;
    uint64 private immutable _slash;
    uint64 private immutable _minStake;

    mapping(uint32 device => uint40) private _issuedAt;
    mapping(bytes32 pair => bool) private _reported; // keccak(attester, digests in order)

    constructor(IComputeMarket market_, RegistryParameters memory p) EIP712("CapabilityRegistry", "1") {
        if (p.threshold == 0 || p.threshold > MAX_ATTESTERS) revert CapabilityTooFewAttesters(p.threshold, 1);
        _market = market_;
        _threshold = p.threshold;
        _maxLevel = p.maxLevel;
        _maxLifetime = p.maxLifetime;
        _maxAge = p.maxAge;
        _slash = p.slash;
        _minStake = p.minStake;
    }

    /// @inheritdoc ICapabilityRegistry
    function declare(uint32 device, uint32 classKey, uint16 scorePerLane, uint16 memoryMiB, uint16 lanes, uint40 expiresAt) external {
        Device memory subject = _market.device(device);
        if (subject.operator != msg.sender) revert CapabilityNotOperator(device, msg.sender);
        if (levelOf(classKey) != 0) revert CapabilityLevel(levelOf(classKey), 0);
        Capability memory capability = Capability(classKey, scorePerLane, memoryMiB, lanes, expiresAt);
        checkCapability(device, capability);
        emit Declared(device, classKey, scorePerLane, memoryMiB, lanes, expiresAt);
        _market.setCapability(device, capability);
    }

    /// @inheritdoc ICapabilityRegistry
    function attest(Statement calldata statement, Signature[] calldata signatures) public {
        Device memory subject = _market.device(statement.device);
        // Only the subject's operator: a stranger could otherwise replay an older statement over a newer declaration.
        if (subject.operator != msg.sender) revert CapabilityNotOperator(statement.device, msg.sender);
        uint8 level = levelOf(statement.classKey);
        if (level == 0 || level > _maxLevel) revert CapabilityLevel(level, _maxLevel);
        Capability memory capability =
            Capability(statement.classKey, statement.scorePerLane, statement.memoryMiB, statement.lanes, statement.expiresAt);
        checkCapability(statement.device, capability);
        uint256 earliest = _issuedAt[statement.device] + 1;
        if (block.timestamp > _maxAge && block.timestamp - _maxAge > earliest) earliest = block.timestamp - _maxAge;
        if (statement.issuedAt < earliest || statement.issuedAt > block.timestamp) {
            revert CapabilityIssued(statement.issuedAt, earliest, block.timestamp);
        }

        bytes32 digest = digestOf(statement);
        uint32[] memory attesters = checkSignatures(subject.owner, digest, signatures);
        _issuedAt[statement.device] = statement.issuedAt;
        emit Attested(statement.device, statement.classKey, digest, statement, attesters);
        _market.setCapability(statement.device, capability);
    }

    /// @inheritdoc ICapabilityRegistry
    function attestMany(Statement[] calldata statements, Signature[][] calldata signatures) external {
        if (statements.length != signatures.length) revert CapabilityLengths(statements.length, signatures.length);
        for (uint256 i = 0; i < statements.length; i++) attest(statements[i], signatures[i]);
    }

    /// @inheritdoc ICapabilityRegistry
    function reportContradiction(
        Statement calldata first,
        Statement calldata second,
        Signature calldata firstSignature,
        Signature calldata secondSignature
    ) external {
        (bytes32 a, bytes32 b) = (digestOf(first), digestOf(second));
        uint32 attester = firstSignature.attester;
        bool same = first.device == second.device && first.classKey == second.classKey && first.seed == second.seed
            && attester == secondSignature.attester;
        if (!same || a == b) revert CapabilityNoContradiction();
        bytes32 pair = a < b ? keccak256(abi.encode(attester, a, b)) : keccak256(abi.encode(attester, b, a));
        if (_reported[pair]) revert CapabilityReported(attester);
        checkPastSignature(a, firstSignature);
        checkPastSignature(b, secondSignature);
        _reported[pair] = true;
        emit AttesterSlashed(attester, msg.sender, a, b);
        _market.punish(attester, _slash, msg.sender);
    }

    /// @inheritdoc ICapabilityRegistry
    function digestOf(Statement calldata statement) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(STATEMENT, statement)));
    }

    /// @inheritdoc ICapabilityRegistry
    function market() external view returns (address) {
        return address(_market);
    }

    /// @inheritdoc ICapabilityRegistry
    function threshold() external view returns (uint8) {
        return _threshold;
    }

    /// @inheritdoc ICapabilityRegistry
    function maxLifetime() external view returns (uint32) {
        return _maxLifetime;
    }

    /// @inheritdoc ICapabilityRegistry
    function slash() external view returns (uint64) {
        return _slash;
    }

    /// @inheritdoc ICapabilityRegistry
    function maxLevel() external view returns (uint8) {
        return _maxLevel;
    }

    /// @inheritdoc ICapabilityRegistry
    function issuedAt(uint32 device) external view returns (uint40) {
        return _issuedAt[device];
    }

    function checkCapability(uint32 device, Capability memory c) private view {
        if (c.classKey >> 24 == 0) revert CapabilityKind(uint8(c.classKey >> 24));
        if (c.lanes == 0 || c.scorePerLane == 0) revert CapabilityEmpty(device);
        if (c.expiresAt <= block.timestamp || c.expiresAt > block.timestamp + _maxLifetime) {
            revert CapabilityExpiry(c.expiresAt, block.timestamp, block.timestamp + _maxLifetime);
        }
    }

    function checkSignatures(address subjectOwner, bytes32 digest, Signature[] calldata signatures)
        private
        view
        returns (uint32[] memory attesters)
    {
        uint256 count = signatures.length;
        if (count < _threshold || count > MAX_ATTESTERS) revert CapabilityTooFewAttesters(count, _threshold);
        attesters = new uint32[](count);
        address[] memory owners = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            uint32 attester = signatures[i].attester;
            if (i != 0 && attester <= attesters[i - 1]) revert CapabilityAttestersUnsorted(attester);
            Device memory witness = _market.device(attester);
            if (witness.owner == address(0) || witness.banned || witness.releaseAt != 0 || witness.stake < _minStake) {
                revert CapabilityAttesterUnfit(attester);
            }
            if (witness.owner == subjectOwner) revert CapabilityAttesterRelated(attester, witness.owner);
            for (uint256 j = 0; j < i; j++) {
                if (owners[j] == witness.owner) revert CapabilityAttesterRelated(attester, witness.owner);
            }
            checkSignature(witness.operator, digest, signatures[i]);
            (attesters[i], owners[i]) = (attester, witness.owner);
        }
    }

    function checkSignature(address operator, bytes32 digest, Signature calldata s) private view {
        bool signed = operator != address(0) && SignatureChecker.isValidSignatureNowCalldata(operator, digest, s.signature);
        if (!signed) revert CapabilitySignature(s.attester);
    }

    /// @dev Also by a former operator key: replacing the key must not undo what it signed.
    function checkPastSignature(bytes32 digest, Signature calldata s) private view {
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, s.signature);
        if (failure == ECDSA.RecoverError.NoError && _market.wasOperator(s.attester, signer)) return;
        checkSignature(_market.device(s.attester).operator, digest, s);
    }

    function levelOf(uint32 classKey) private pure returns (uint8) {
        return uint8((classKey >> 20) & 0xf);
    }
}
