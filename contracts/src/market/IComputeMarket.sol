// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMarketCourt} from "./IMarketCourt.sol";
import {IMarketDesk} from "./IMarketDesk.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketLeases} from "./IMarketLeases.sol";
import {IMarketLens} from "./IMarketLens.sol";

/// @title The compute market
/// @notice Holds all funds and pairs offers with devices. Amounts are base units of `asset`; times are unix seconds of block time.
///
/// Money is in exactly one of three places: an account's credit, a device's stake, an offer's escrow. Their sum is the
/// market's token balance, exact unless somebody sends tokens without `deposit`.
/// Every state that holds money has a deadline and a call that anyone may make to leave it. There is no administrator.
interface IComputeMarket is IMarketErrors, IMarketLeases, IMarketDesk, IMarketCourt, IMarketLens {}
