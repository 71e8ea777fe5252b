using System.Collections.Immutable;
using Market.Client.Graphs;

namespace Market.Unit.Tests.Client.Graphs;

public sealed class StageLanesTests
{
    [Fact]
    public void AChain_IsOneColumn() => Assert.Equal(["○", "●", "●"], Rows([], [0], [1]));

    [Fact]
    public void ADiamond_PartsAndJoins() => Assert.Equal(
        [
            "○",
            "├─●",
            "● │",
            "●─╯",
        ],
        Rows([], [0], [0], [1, 2]));

    [Fact]
    public void StagesThatReadNothing_HaveColumnsOfTheirOwn() => Assert.Equal(
        [
            "○",
            "│ ○",
            "●─╯",
        ],
        Rows([], [], [0, 1]));

    [Fact]
    public void AStageThatNobodyReads_IsNotTakenForAParent() => Assert.Equal(
        [
            "○",
            "  ○",
        ],
        Rows([], []));

    [Fact]
    public void AColumnThatPassesIsCrossed() => Assert.Equal(
        [
            "○",
            "│ ○",
            "├─┼─●",
            "●─╯ │",
            "●───╯",
        ],
        Rows([], [], [0], [0, 1], [2, 3]));

    [Fact]
    public void WhatIsReadAgainLater_GoesOn()
    {
        var rows = StageLanes.Of([[], [0], [0, 1]]);

        Assert.Equal(["○", "├─●", "●─╯"], rows.Select(row => row.Row.TrimEnd()));
        Assert.Equal(["│", "│ │", ""], rows.Select(row => row.Below.TrimEnd()));
    }

    private static IEnumerable<string> Rows(params ImmutableArray<int>[] reads) => StageLanes.Of([.. reads]).Select(row => row.Row.TrimEnd());
}
