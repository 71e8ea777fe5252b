// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMarketErrors} from "./IMarketErrors.sol";
import {MarketState} from "./MarketState.sol";

/// @notice Credits of accounts.
/// Kept (invariant 1): a credit only ever moves to a stake, an escrow, a demand's deposit, another credit or, by withdrawal, out; so
/// credits + stakes + escrows + deposits are the tokens held, to the unit.
library LedgerLib {
    uint256 private constant NONCE = 128;

    function balance(MarketState storage self, address account) internal view returns (uint128) {
        return uint128(self.accounts[account]);
    }

    function nonce(MarketState storage self, address account) internal view returns (uint64) {
        return uint64(self.accounts[account] >> NONCE);
    }

    /// @dev No balance reaches 2^128: deposits are bounded by the asset's supply, checked at deposit.
    function credit(MarketState storage self, address account, uint256 amount) internal {
        if (amount != 0) self.accounts[account] += amount;
    }

    function debit(MarketState storage self, address account, uint256 amount) internal {
        uint256 word = self.accounts[account];
        if (uint128(word) < amount) revert IMarketErrors.AccountInsufficient(account, uint128(word), amount);
        self.accounts[account] = word - amount;
    }

    /// @notice Debits `amount` and uses up every nonce of `account` up to `used`.
    function debitWithNonce(MarketState storage self, address account, uint256 amount, uint64 used) internal {
        uint256 word = self.accounts[account];
        if (uint64(word >> NONCE) > used || used == type(uint64).max) {
            revert IMarketErrors.OfferNonce(used, uint64(word >> NONCE));
        }
        if (uint128(word) < amount) revert IMarketErrors.AccountInsufficient(account, uint128(word), amount);
        unchecked {
            // The balance covers the amount, and the nonce is not the last.
            self.accounts[account] = (uint256(uint128(word)) - amount) | ((uint256(used) + 1) << NONCE);
        }
    }
}
