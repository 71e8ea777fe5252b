// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IMarketDesk} from "../market/IMarketDesk.sol";

/// @notice One job's account at the market: an EIP-1167 clone that only the manager drives. The job's owner signs for it, so that a
/// device can hand in a result together with the owner's acceptance.
contract JobAccount is IERC1271 {
    using SafeERC20 for IERC20;
    using Address for address;

    error AccountNotManager(address caller);

    address private immutable _manager;
    address private immutable _market;
    IERC20 private immutable _asset;

    constructor(address market, IERC20 asset) {
        _manager = msg.sender;
        _market = market;
        _asset = asset;
    }

    modifier onlyManager() {
        if (msg.sender != _manager) revert AccountNotManager(msg.sender);
        _;
    }

    /// @notice Makes what the account holds its credit at the market.
    function fund(uint128 amount) external onlyManager {
        _asset.forceApprove(_market, amount);
        IMarketDesk(_market).deposit(amount);
    }

    /// @notice Calls the market as the consumer.
    function run(bytes calldata call) external onlyManager returns (bytes memory) {
        return _market.functionCall(call);
    }

    /// @notice Sends `amount` of the account's credit to `to`.
    function pay(address to, uint128 amount) external onlyManager {
        IMarketDesk(_market).withdraw(amount);
        _asset.safeTransfer(to, amount);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        address owner = abi.decode(Clones.fetchCloneArgs(address(this)), (address));
        return SignatureChecker.isValidSignatureNowCalldata(owner, hash, signature) ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
