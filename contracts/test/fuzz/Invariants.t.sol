// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BidLib} from "../../src/market/BidLib.sol";
import {DeviceWord} from "../../src/market/words/DeviceWord.sol";
import {IMarketCourt} from "../../src/market/IMarketCourt.sol";
import {IMarketDesk} from "../../src/market/IMarketDesk.sol";
import {IMarketLeases} from "../../src/market/IMarketLeases.sol";
import {Bid, LeaseState, LeaseStatus, Offer, Terms} from "../../src/market/MarketTypes.sol";
import {Lease} from "../../src/market/words/Lease.sol";
import {PriceLib} from "../../src/market/PriceLib.sol";
import {IJobManager} from "../../src/jobs/IJobManager.sol";
import {Actions} from "./Actions.sol";
import {JobActions} from "./JobActions.sol";
import {Broken, requireAtMost, requireEqual, vm} from "./Vm.sol";

/// @notice The ten sentences that the market keeps, each checked by its own name. Numbers 5 and 9 are checked at each event.
contract Checks is JobActions {
    /// @notice 1. Credits + stakes + escrows (open demands' deposits among them) are the tokens held, to the unit.
    function check1Solvency() public view {
        uint256 sum = credits();
        for (uint32 i = 1; i <= DEVICES; i++) sum += word(i).stake();
        for (uint256 i = 0; i < _offers.length; i++) sum += escrowOf(i);
        for (uint256 i = 0; i < _leases.length; i++) {
            if (statusOf(i).demanded) sum += 10_000;
        }
        requireEqual(sum, _token.balanceOf(address(_market)), "1: sum of the ledger");
    }

    /// @notice 2. An offer's escrow covers what its open leases can cost, and the reserve of all that may still be leased.
    function check2Escrow() public view {
        for (uint256 i = 0; i < _offers.length; i++) {
            Terms memory terms = _offers[i];
            Offer memory offer = _market.offer(_market.offerIdOf(terms));
            if (!offer.exists) continue;
            uint256 tasklets = offer.outstanding;
            if (!offer.cancelled) tasklets = terms.cost.total() - offer.settled;
            uint256 cost = PriceLib.costUp(PriceLib.price(terms.cost.maxTick()), terms.cost.mfuel(), tasklets);
            requireAtMost(cost + PriceLib.feeDown(cost, 130), offer.escrow, "2: escrow");
        }
    }

    /// @notice 3. A device's locked stake is the sum of its open leases' bonds, and within its stake.
    function check3Lock() public view {
        uint256[] memory bonds = new uint256[](DEVICES + 1);
        for (uint256 i = 0; i < _leases.length; i++) {
            if (isOpen(i)) bonds[_leases[i].device()] += _market.bondOf(_offers[_leaseOffer[i]], uint32(_leases[i].count()));
        }
        for (uint32 i = 1; i <= DEVICES; i++) {
            requireEqual(word(i).locked(), bonds[i], "3: locked");
            requireAtMost(word(i).locked(), word(i).stake(), "3: locked beyond stake");
        }
    }

    /// @notice 4. While it may be leased, an offer's next = settled + outstanding + freed; each tasklet below next is in exactly one
    /// of the three.
    function check4Cover() public view {
        for (uint256 i = 0; i < _offers.length; i++) {
            Offer memory offer = _market.offer(_market.offerIdOf(_offers[i]));
            uint256[] memory open = new uint256[](_offers[i].cost.total());
            uint256 outstanding = 0;
            for (uint256 j = 0; j < _leases.length; j++) {
                if (_leaseOffer[j] != i || !isOpen(j)) continue;
                outstanding += _leases[j].count();
                for (uint256 k = _leases[j].first(); k < _leases[j].first() + _leases[j].count(); k++) {
                    if (++open[k] != 1 || _paid[i][k] != 0) revert Broken("4: leased twice", k, i);
                }
            }
            if (!offer.exists) continue;
            requireEqual(offer.outstanding, outstanding, "4: outstanding");
            uint256 paid = 0;
            for (uint256 k = 0; k < _offers[i].cost.total(); k++) paid += _paid[i][k];
            requireEqual(offer.settled, paid, "4: settled");
            uint256 sum = paid + outstanding + freedOf(i, offer.freedRanges);
            // A range that fails in an offer that has ended is leased no more, so it is not kept.
            bool ended = offer.cancelled || block.timestamp > _offers[i].rules.deadline();
            if (ended) requireAtMost(sum, offer.next, "4: next");
            else requireEqual(offer.next, sum, "4: next");
        }
    }

    /// @notice 6. Taken lanes are those of uncommitted leases; a device with a bid and a free lane stands in the book.
    function check6Capacity() public view {
        uint256[] memory taken = new uint256[](DEVICES + 1);
        for (uint256 i = 0; i < _leases.length; i++) {
            if (statusOf(i).state != LeaseState.Leased) continue;
            taken[_leases[i].device()] += uint256(vm.load(address(_market), keccak256(abi.encode(keyOf(i), 6)))) >> 56 & type(uint16).max;
        }
        for (uint32 i = 1; i <= DEVICES; i++) {
            DeviceWord w = word(i);
            requireEqual(w.takenLanes(), taken[i], "6: taken lanes");
            if (w.freeLanes() != 0 && !w.linked()) revert Broken("6: free, but not in the book", i, 0);
            if (w.lanes() == 0 && w.linked()) revert Broken("6: in the book without a bid", i, 0);
        }
    }

    /// @notice 7. A tick's bit is set exactly if bids stand there; walking the book ends, yields every linked device once and ticks
    /// that never fall.
    function check7Book() public view {
        Bid[] memory bids = _market.bids(WASM, 0, uint16(DEVICES + 1));
        uint256[8] memory ticks = _market.bookTicks(WASM);
        uint256[8] memory seen;
        uint256 linked = 0;
        for (uint32 i = 1; i <= DEVICES; i++) {
            if (word(i).linked()) linked++;
        }
        requireEqual(bids.length, linked, "7: walk");
        for (uint256 i = 0; i < bids.length; i++) {
            if (!word(bids[i].device).linked()) revert Broken("7: walked to a bid that is not linked", bids[i].device, 0);
            if (i > 0) requireAtMost(bids[i - 1].tick, bids[i].tick, "7: order");
            seen[bids[i].tick >> 8] |= 1 << (bids[i].tick & 255);
        }
        for (uint256 i = 0; i < 8; i++) requireEqual(ticks[i], seen[i], "7: bitmap");
    }

    /// @notice J1. What a job's account ever received is what it holds, what its open offers hold, and what went out. J2. None of it
    /// stays outside the market.
    function checkJobs() public view {
        for (uint256 place = 0; place < _known.length; place++) {
            uint256 held = _market.balanceOf(_known[place].account);
            for (uint256 i = 0; i < _offers.length; i++) {
                if (jobOf(_market.offerIdOf(_offers[i])) == place + 1) held += escrowOf(i);
            }
            requireEqual(held + _known[place].went, _known[place].came, "J1: a job's money");
            requireEqual(_token.balanceOf(_known[place].account), 0, "J2: outside the market");
        }
    }

    /// @notice 8 and 10. From here, time and calls that anyone may make close every offer and unlock every bond, with nobody's
    /// permission; then everything that was not burned can be withdrawn to the last unit.
    function check8Termination() public {
        for (uint256 round = 0; round < 6; round++) {
            vm.warp(block.timestamp + 2_000);
            vm.roll(block.number + 1);
            for (uint256 i = 0; i < _leases.length; i++) leave(i);
        }
        for (uint256 i = 0; i < _offers.length; i++) {
            attempt(KEEPER, abi.encodeCall(IMarketCourt.closeOffer, (_offers[i])));
            requireEqual(escrowOf(i), 0, "8: an offer that does not close");
        }
        for (uint256 i = 0; i < _known.length; i++) {
            jobs(KEEPER, abi.encodeCall(IJobManager.endJob, (_known[i].job)));
            jobs(KEEPER, abi.encodeCall(IJobManager.collect, (_known[i].job)));
            requireEqual(_market.balanceOf(_known[i].account), 0, "J4: a job that does not end");
        }
        checkJobs();
        for (uint256 i = 0; i < _leases.length; i++) {
            if (_bound[keyOf(i)] && !_ended[keyOf(i)]) revert Broken("5: a result without an end", i, 0);
        }
        for (uint32 i = 1; i <= DEVICES; i++) {
            requireEqual(word(i).locked(), 0, "8: a bond that does not unlock");
            attempt(owner(i - 1), abi.encodeCall(IMarketDesk.retire, (i)));
        }
        vm.warp(block.timestamp + 41);
        for (uint32 i = 1; i <= DEVICES; i++) {
            attempt(owner(i - 1), abi.encodeCall(IMarketDesk.release, (i)));
            requireEqual(word(i).stake(), 0, "8: stake that is not released");
        }
        withdrawAll(KEEPER);
        withdrawAll(FEES);
        withdrawAll(address(this));
        withdrawAll(address(_token));
        for (uint256 i = 0; i < CONSUMERS; i++) withdrawAll(consumer(i));
        for (uint256 i = 0; i < OWNERS; i++) withdrawAll(owner(i));
        for (uint256 i = 1; i <= DEVICES; i++) withdrawAll(operator(i));
        requireEqual(_token.balanceOf(address(_market)), _market.balanceOf(BURNED), "8: money left behind");
    }

    /// @dev What a keeper does to a lease that its own people abandoned.
    function leave(uint256 index) private {
        if (!isOpen(index)) return;
        (Terms memory terms, Lease lease) = (_offers[_leaseOffer[index]], _leases[index]);
        Lease[] memory one = new Lease[](1);
        one[0] = lease;
        if (statusOf(index).demanded) attempt(KEEPER, abi.encodeCall(IMarketCourt.failDemand, (terms, lease)));
        attempt(KEEPER, abi.encodeCall(IMarketLeases.expire, (terms, lease)));
        attempt(KEEPER, abi.encodeCall(IMarketLeases.settle, (terms, one)));
        attempt(KEEPER, abi.encodeCall(IMarketCourt.voidLease, (terms, lease)));
    }

    function withdrawAll(address account) private {
        uint128 amount = _market.balanceOf(account);
        if (amount != 0) attempt(account, abi.encodeCall(IMarketDesk.withdraw, (amount)));
    }

    function credits() private view returns (uint256 sum) {
        sum = uint256(_market.balanceOf(BURNED)) + _market.balanceOf(KEEPER) + _market.balanceOf(FEES) + _market.balanceOf(address(this));
        sum += _market.balanceOf(address(_token)); // tips for what it did from inside a transfer
        for (uint256 i = 0; i < CONSUMERS; i++) sum += _market.balanceOf(consumer(i));
        for (uint256 i = 0; i < OWNERS; i++) sum += _market.balanceOf(owner(i));
        for (uint256 i = 1; i <= DEVICES; i++) sum += _market.balanceOf(operator(i));
        for (uint256 i = 0; i < _known.length; i++) sum += _market.balanceOf(_known[i].account);
    }

    /// @dev An offer that one lease fills is not stored: its escrow follows from its terms.
    function escrowOf(uint256 index) private view returns (uint256) {
        Offer memory offer = _market.offer(_market.offerIdOf(_offers[index]));
        if (offer.exists) return offer.escrow;
        for (uint256 i = 0; i < _leases.length; i++) {
            if (_leaseOffer[i] == index && isOpen(i)) return _market.escrowOf(_offers[index]);
        }
        return 0;
    }

    function freedOf(uint256 index, uint256 ranges) private view returns (uint256 tasklets) {
        bytes32 slot = keccak256(abi.encode(_market.offerIdOf(_offers[index]), 5));
        for (uint256 i = 0; i < ranges; i++) {
            tasklets += uint32(uint256(vm.load(address(_market), keccak256(abi.encode(i, slot)))) >> 32);
        }
    }

    function keyOf(uint256 index) private view returns (bytes32) {
        return _market.leaseKeyOf(_market.offerIdOf(_offers[_leaseOffer[index]]), _leases[index]);
    }

    function statusOf(uint256 index) private view returns (LeaseStatus memory) {
        return _market.lease(keyOf(index));
    }

    function isOpen(uint256 index) private view returns (bool) {
        LeaseState state = statusOf(index).state;
        return state != LeaseState.None && state != LeaseState.Settled; // a paid lease of a job keeps its word
    }
}

/// @notice Random people for many rounds, every sentence after each round.
contract MarketInvariants {
    Checks private _world;

    function setUp() public {
        _world = new Checks();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](21);
        selectors[0] = Actions.doPass.selector;
        selectors[1] = Actions.doMoney.selector;
        selectors[2] = Actions.doBid.selector;
        selectors[3] = Actions.doPost.selector;
        selectors[4] = Actions.doOffer.selector;
        selectors[5] = Actions.doCommit.selector;
        selectors[6] = Actions.doCommitMany.selector;
        selectors[7] = Actions.doEnd.selector;
        selectors[8] = Actions.doDemand.selector;
        selectors[9] = Actions.doJudge.selector;
        selectors[10] = Actions.doRare.selector;
        // Twice as often as the rest: without offers and results nothing else happens.
        selectors[11] = Actions.doPost.selector;
        selectors[12] = Actions.doCommit.selector;
        selectors[13] = Actions.doEnd.selector;
        selectors[14] = JobActions.doJob.selector;
        selectors[15] = JobActions.doStage.selector;
        selectors[16] = JobActions.doStage.selector;
        selectors[17] = JobActions.doRun.selector;
        selectors[18] = JobActions.doRun.selector;
        selectors[19] = JobActions.doFall.selector;
        selectors[20] = JobActions.doLapse.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_world), selectors);
    }

    function invariant_1_solvency() public view {
        _world.check1Solvency();
    }

    function invariant_2_escrowCoversWhatMayBeOwed() public view {
        _world.check2Escrow();
    }

    function invariant_3_lockedIsTheSumOfBonds() public view {
        _world.check3Lock();
    }

    function invariant_4_rangesTileTheOffer() public view {
        _world.check4Cover();
    }

    function invariant_6_lanesAreThoseOfUncommittedLeases() public view {
        _world.check6Capacity();
    }

    function invariant_7_theBookIsWhole() public view {
        _world.check7Book();
    }

    function invariant_jobs_everyJobsMoneyIsAccountedFor() public view {
        _world.checkJobs();
    }

    function invariant_8_everythingEndsAndEveryUnitComesBack() public {
        uint256 here = vm.snapshotState();
        _world.check8Termination();
        vm.revertToState(here);
    }

    /// @notice The checks above say little unless every kind of thing happens: in many short lives without jobs it does.
    function test_theWorldIsLively() public {
        bytes32[] memory kinds = new bytes32[](17);
        kinds[0] = IMarketLeases.Leased.selector;
        kinds[1] = IMarketLeases.Settled.selector;
        kinds[2] = IMarketLeases.Expired.selector;
        kinds[3] = IMarketLeases.Declined.selector;
        kinds[4] = IMarketLeases.Voided.selector;
        kinds[5] = IMarketLeases.ExcessHeld.selector;
        kinds[6] = IMarketLeases.ExcessReturned.selector;
        kinds[7] = IMarketLeases.OfferCancelled.selector;
        kinds[8] = IMarketLeases.OfferClosed.selector;
        kinds[9] = IMarketCourt.Answered.selector;
        kinds[10] = IMarketCourt.DemandFailed.selector;
        kinds[11] = IMarketCourt.Disputed.selector;
        kinds[12] = IMarketCourt.Resolved.selector;
        kinds[13] = IMarketDesk.DeviceSlashed.selector;
        kinds[14] = IMarketDesk.BidRemoved.selector;
        kinds[15] = IMarketCourt.Summoned.selector;
        kinds[16] = IMarketCourt.Appeared.selector;
        requireLively(kinds, 28, 14);
    }

    /// @notice And with jobs every kind of thing happens to them.
    function test_jobsAreLively() public {
        bytes32[] memory kinds = new bytes32[](8);
        kinds[0] = IJobManager.JobPosted.selector;
        kinds[1] = IJobManager.StageOpened.selector;
        kinds[2] = IJobManager.StageRecorded.selector;
        kinds[3] = IJobManager.StageFell.selector;
        kinds[4] = IJobManager.StageFailed.selector;
        kinds[5] = IJobManager.JobEnded.selector;
        kinds[6] = IJobManager.JobRefunded.selector;
        kinds[7] = IJobManager.JobTipped.selector;
        requireLively(kinds, 12, targetSelectors()[0].selectors.length);
    }

    function requireLively(bytes32[] memory kinds, uint256 lives, uint256 choices) private {
        uint256[] memory counts = new uint256[](kinds.length);
        for (uint256 life = 1; life <= lives; life++) {
            setUp();
            live(life, 200, choices);
            for (uint256 i = 0; i < kinds.length; i++) counts[i] += _world.seen(kinds[i]);
        }
        for (uint256 i = 0; i < kinds.length; i++) {
            if (counts[i] == 0) revert Broken("never happens", i, 1);
        }
    }

    /// @dev Chooses among the first `choices` actions.
    function live(uint256 seed, uint256 actions, uint256 choices) private {
        bytes4[] memory selectors = targetSelectors()[0].selectors;
        for (uint256 i = 0; i < actions; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            bytes4 selector = selectors[seed % choices];
            // Small words fit every parameter; a function takes as many as it needs.
            bytes memory words =
                abi.encode((seed >> 8) % 251, (seed >> 16) % 251, (seed >> 24) % 251, (seed >> 32) % 251, (seed >> 40) % 251);
            (bool ok,) = address(_world).call(abi.encodePacked(selector, words));
            if (!ok) revert Broken("an action fails", i, 0);
        }
    }
}
