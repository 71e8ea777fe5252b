using Market.Domain.Jobs;

namespace Market.Client.JobFiles.Binding;

/// <summary>Binds texts with places.</summary>
internal static class TemplateBinder
{
    /// <summary>The template, or null after reporting what is wrong with it.</summary>
    public static Template? Bind(YamlText text, DiagnosticBag faults)
    {
        if (Template.TryParse(text.Value, out var template, out var unknown)) return template;
        faults.Error(
            "E1212",
            unknown is null
                ? $"'{text.Value}' has a brace without its partner; write {{{{ and }}}} for braces themselves"
                : $"unknown place '{{{unknown}}}' in '{text.Value}'; there are {{{string.Join("}, {", Template.PlaceNames)}}}{DidYouMean.Suffix(unknown, Template.PlaceNames)}",
            text.Span);
        return null;
    }
}
