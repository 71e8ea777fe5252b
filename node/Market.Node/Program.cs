using Market.Node.Hosting;

return await NodeHost.MainAsync(args);
