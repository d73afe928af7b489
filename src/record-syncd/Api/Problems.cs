using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace RecordSync.Daemon;

/// <summary>Errors as RFC 9457 has them, with a sentence for people.</summary>
internal static class Problems
{
    public const string MediaType = "application/problem+json";

    public static ApiProblem Of(int status, string detail, IReadOnlyList<ApiReason>? reasons = null) => new("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, reasons);

    public static IResult Result(int status, string detail, IReadOnlyList<ApiReason>? reasons = null) => Result(Of(status, detail, reasons));

    public static IResult Result(ApiProblem problem) => TypedResults.Json(problem, ApiJson.Wire.ApiProblem, MediaType, problem.Status);

    public static IResult NoSuchNode(string id) => Result(404, $"no node {id} is known here; /api/v1/nodes lists them");

    public static Task Write(HttpContext http, ApiProblem problem)
    {
        http.Response.StatusCode = problem.Status;
        http.Response.ContentType = MediaType;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(problem, ApiJson.Wire.ApiProblem)).AsTask();
    }

    /// <summary>For what the server itself has refused without a word.</summary>
    public static string SentenceFor(HttpContext http) =>
        http.Response.StatusCode switch
        {
            400 => "the request is not as docs/api.md has it; /openapi/v1.json says what belongs in it",
            404 => $"there is no {http.Request.Path} here; /openapi/v1.json lists what there is",
            405 => $"{http.Request.Path} knows no {http.Request.Method}; /openapi/v1.json lists what there is",
            413 => "the request is longer than 16 kB",
            415 => "the request is not of a type that is known here: use application/json",
            416 => "the file has no such range",
            _ => "the request could not be answered",
        };
}
