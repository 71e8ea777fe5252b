// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {DeviceLib} from "./DeviceLib.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {MarketState} from "./MarketState.sol";
import {Terms} from "./MarketTypes.sol";
import {PriceLib} from "./PriceLib.sol";
import {FreedRange} from "./words/OfferWord.sol";

/// @notice A device that fails a lease answers for what its range then costs more. Otherwise one owner could bid low with one
/// device, give the lease up cheaply, and be hired at the reserve with another.
/// While the range waits, the device's money up to the reserve lies in the offer's escrow; a new lease takes the difference of
/// the two prices and gives the rest back; a range that is never leased again gives all back.
/// Kept: what lies in escrow for a freed range is exactly heldDown of its tasklets.
library ExcessLib {
    using DeviceLib for MarketState;

    /// @notice The most that `count` tasklets can cost above `unitPrice`.
    function heldDown(Terms memory terms, uint256 unitPrice, uint256 count) internal pure returns (uint256) {
        uint256 most = PriceLib.price(terms.cost.maxTick());
        return most > unitPrice ? PriceLib.costDown(most - unitPrice, terms.cost.mfuel(), count) : 0;
    }

    /// @notice Settles with the device of a freed range whose first `count` tasklets are leased anew at `unitPrice`.
    /// @return returned what left the escrow
    function chargeExcess(
        MarketState storage self,
        Terms memory terms,
        bytes32 offerId,
        FreedRange range,
        uint256 count,
        uint256 unitPrice
    ) internal returns (uint256 returned) {
        uint256 failed = range.unitPrice();
        uint256 held = heldDown(terms, failed, range.count()) - heldDown(terms, failed, range.count() - count);
        uint256 excess = unitPrice > failed ? PriceLib.costUp(unitPrice - failed, terms.cost.mfuel(), count) : 0;
        if (excess < held) {
            returned = held - excess;
            giveBack(self, offerId, range.device(), returned);
        }
    }

    function giveBack(MarketState storage self, bytes32 offerId, uint256 device, uint256 amount) internal {
        if (amount == 0) return;
        self.addWinnings(device, amount);
        emit IMarketLeases.ExcessReturned(offerId, uint32(device), uint128(amount));
    }
}
