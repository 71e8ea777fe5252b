using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Market.Unit.Tests")]
