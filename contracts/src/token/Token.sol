// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Compute credit, for local chains and tests
/// @notice A market uses any well-behaved ERC-20 of at most 8 decimals; this one exists where there is none.
contract Token is ERC20, ERC20Permit {
    /// @notice The account that may mint.
    address public immutable minter;

    error TokenNotMinter(address caller);

    constructor() ERC20("Compute credit", "CRD") ERC20Permit("Compute credit") {
        minter = msg.sender;
    }

    /// @notice Minter: makes `amount` base units for `account`.
    function mint(address account, uint256 amount) external {
        if (msg.sender != minter) revert TokenNotMinter(msg.sender);
        _mint(account, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
