// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice What matching, committing and settling need of a device, in one slot. From the lowest bit:
/// stake 56 | locked 56 (base units) | tick 11 | lanes 12 | taken lanes 12 | next 24 | prev 24 (device ids) |
/// valid until 24 (minutes after genesis) | score 16 (Mfuel/s and lane) | memory 16 (MiB per lane) |
/// linked 1 | banned 1 | verdicts 2 (Trusted, Optimistic) | spare 1
type DeviceWord is uint256;

using DeviceWordLib for DeviceWord global;

library DeviceWordLib {
    uint256 internal constant MAX_STAKE = type(uint56).max;
    uint256 internal constant MAX_LANES = (1 << 12) - 1;
    uint256 internal constant MAX_DEVICES = type(uint24).max;
    uint256 internal constant MAX_MINUTES = type(uint24).max;
    uint256 internal constant MAX_SCORE = type(uint16).max;

    uint256 private constant AMOUNT = type(uint56).max;
    uint256 private constant LINK = type(uint24).max;
    uint256 private constant LOCKED = 56;
    uint256 private constant TICK = 112;
    uint256 private constant LANES = 123;
    uint256 private constant TAKEN = 135;
    uint256 private constant NEXT = 147;
    uint256 private constant PREV = 171;
    uint256 private constant VALID = 195;
    uint256 private constant SCORE = 219;
    uint256 private constant MEMORY = 235;
    uint256 private constant LINKED = 251;
    uint256 private constant BANNED = 252;
    uint256 private constant VERDICTS = 253;

    function raw(DeviceWord self) internal pure returns (uint256) {
        return DeviceWord.unwrap(self);
    }

    function stake(DeviceWord self) internal pure returns (uint256) {
        return self.raw() & AMOUNT;
    }

    function locked(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> LOCKED) & AMOUNT;
    }

    function tick(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> TICK) & 0x7ff;
    }

    /// @notice Lanes of the bid; zero means that there is no bid.
    function lanes(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> LANES) & MAX_LANES;
    }

    /// @notice Lanes that uncommitted leases hold; may exceed the lanes of a bid that was placed anew.
    function takenLanes(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> TAKEN) & MAX_LANES;
    }

    /// @notice Lanes of the bid that no uncommitted lease holds.
    function freeLanes(DeviceWord self) internal pure returns (uint256) {
        (uint256 all, uint256 taken) = (self.lanes(), self.takenLanes());
        return all > taken ? all - taken : 0;
    }

    function next(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> NEXT) & LINK;
    }

    function prev(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> PREV) & LINK;
    }

    function validMinutes(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> VALID) & MAX_MINUTES;
    }

    function score(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> SCORE) & MAX_SCORE;
    }

    function memoryMiB(DeviceWord self) internal pure returns (uint256) {
        return (self.raw() >> MEMORY) & type(uint16).max;
    }

    /// @notice Whether the bid stands in its book.
    function linked(DeviceWord self) internal pure returns (bool) {
        return self.raw() & (1 << LINKED) != 0;
    }

    function banned(DeviceWord self) internal pure returns (bool) {
        return self.raw() & (1 << BANNED) != 0;
    }

    /// @notice Bit v: takes offers of Verdict v.
    function verdictMask(DeviceWord self) internal pure returns (uint256) {
        return ((self.raw() >> VERDICTS) & 3) << 1;
    }

    function withStake(DeviceWord self, uint256 amount) internal pure returns (DeviceWord) {
        return DeviceWord.wrap((self.raw() & ~AMOUNT) | amount);
    }

    /// @dev `amount` stays in its field: locked + amount <= stake <= MAX_STAKE.
    function addLocked(DeviceWord self, uint256 amount) internal pure returns (DeviceWord) {
        return DeviceWord.wrap(self.raw() + (amount << LOCKED));
    }

    /// @dev `amount` is part of what addLocked added.
    function subLocked(DeviceWord self, uint256 amount) internal pure returns (DeviceWord) {
        return DeviceWord.wrap(self.raw() - (amount << LOCKED));
    }

    /// @dev The caller takes free lanes only, so the field cannot overflow.
    function addTaken(DeviceWord self, uint256 count) internal pure returns (DeviceWord) {
        return DeviceWord.wrap(self.raw() + (count << TAKEN));
    }

    /// @dev `count` is what addTaken added for one lease.
    function subTaken(DeviceWord self, uint256 count) internal pure returns (DeviceWord) {
        return DeviceWord.wrap(self.raw() - (count << TAKEN));
    }

    function withNext(DeviceWord self, uint256 id) internal pure returns (DeviceWord) {
        return DeviceWord.wrap((self.raw() & ~(LINK << NEXT)) | (id << NEXT));
    }

    function withPrev(DeviceWord self, uint256 id) internal pure returns (DeviceWord) {
        return DeviceWord.wrap((self.raw() & ~(LINK << PREV)) | (id << PREV));
    }

    function withLinked(DeviceWord self, bool value) internal pure returns (DeviceWord) {
        uint256 others = self.raw() & ~(uint256(1) << LINKED);
        return DeviceWord.wrap(value ? others | (1 << LINKED) : others);
    }

    function withBanned(DeviceWord self) internal pure returns (DeviceWord) {
        return DeviceWord.wrap(self.raw() | (1 << BANNED));
    }

    function withValid(DeviceWord self, uint256 minutesAfterGenesis) internal pure returns (DeviceWord) {
        return DeviceWord.wrap((self.raw() & ~(MAX_MINUTES << VALID)) | (minutesAfterGenesis << VALID));
    }

    function withCapability(DeviceWord self, uint256 newScore, uint256 newMemoryMiB) internal pure returns (DeviceWord) {
        uint256 mask = (MAX_SCORE << SCORE) | (uint256(type(uint16).max) << MEMORY);
        return DeviceWord.wrap((self.raw() & ~mask) | (newScore << SCORE) | (newMemoryMiB << MEMORY));
    }

    /// @notice Sets price and capacity. Lanes that open leases hold stay taken.
    function withBid(DeviceWord self, uint256 newTick, uint256 newLanes) internal pure returns (DeviceWord) {
        uint256 mask = (uint256(0x7ff) << TICK) | (MAX_LANES << LANES);
        return DeviceWord.wrap((self.raw() & ~mask) | (newTick << TICK) | (newLanes << LANES));
    }

    function withVerdicts(DeviceWord self, uint256 mask) internal pure returns (DeviceWord) {
        return DeviceWord.wrap((self.raw() & ~(uint256(3) << VERDICTS)) | ((mask >> 1) << VERDICTS));
    }
}
