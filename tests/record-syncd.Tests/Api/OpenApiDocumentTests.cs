using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/openapi.json, which the executable carries and serves, is what its endpoints are.</summary>
public sealed class OpenApiDocumentTests
{
    private const string Rewrite = "RECORD_SYNCD_WRITE_OPENAPI";

    [Fact]
    public async Task The_document_that_is_checked_in_describes_the_endpoints_that_there_are()
    {
        string path = Path.Combine(Repository.Root, "docs", "openapi.json");
        string made = await Describe();
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
            await File.WriteAllTextAsync(path, made);
        Assert.True(
            made == await File.ReadAllTextAsync(path),
            $"docs/openapi.json is not what the endpoints are. Write it anew with:  {Rewrite}=1 ./dev test {nameof(The_document_that_is_checked_in_describes_the_endpoints_that_there_are)}"
        );
    }

    [Fact]
    public async Task The_node_serves_the_document_that_is_checked_in()
    {
        await using PageInProcess page = PageInProcess.Start();
        string served = await page.Client.GetStringAsync("/openapi/v1.json");
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "openapi.json")), served);
    }

    /// <summary>The endpoints of a page, mapped once more beside what can describe them.</summary>
    private static async Task<string> Describe()
    {
        Dictionary<string, Type> named = new(StringComparer.Ordinal);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "record-syncd" });
        builder.WebHost.UseKestrelCore();
        PageServer.Configure(builder.Services);
        builder.Services.AddOpenApi(
            "v1",
            options =>
            {
                options.CreateSchemaReferenceId = type => NameOf(type, named);
                options.AddDocumentTransformer(
                    (document, _, _) =>
                    {
                        document.Info = new OpenApiInfo { Title = "record-syncd", Version = "v1", Description = "A group of synchronised cameras, as one of its nodes sees and steers it (docs/api.md). Errors are problem details with a sentence for people." };
                        document.Servers = [];
                        return Task.CompletedTask;
                    }
                );
            }
        );
        await using WebApplication app = builder.Build();
        await using PageInProcess page = PageInProcess.Start();
        page.Endpoints.Map(app);
        app.Urls.Add("http://127.0.0.1:0");
        // endpoints are known when the server starts
        await app.StartAsync();
        OpenApiDocument document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
        string json = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1);
        return JsonNode.Parse(json)!.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    /// <summary>Without "Api"; two types under one name would be described as one of them.</summary>
    private static string? NameOf(System.Text.Json.Serialization.Metadata.JsonTypeInfo type, Dictionary<string, Type> named)
    {
        if (OpenApiOptions.CreateDefaultSchemaReferenceId(type) is not { } name)
            return null;
        string plain = name.StartsWith("Api", StringComparison.Ordinal) ? name[3..] : name;
        Type own = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        Assert.True(named.TryAdd(plain, own) || named[plain] == own, $"{own} and {named[plain]} are both called {plain}");
        return plain;
    }
}
