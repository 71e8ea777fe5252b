namespace Market.FaultyNode;

/// <summary>Takes blobs and gives none: whoever wants a result has to demand it on the chain.</summary>
internal sealed class WithholdingFilter : IStartupFilter
{
    private const string Reads = "/market.blobs.v1.BlobService/GetBlobs";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, proceed) =>
        {
            if (context.Request.Path == Reads) context.Abort();
            else await proceed();
        });
        next(app);
    };
}
