// Package edge serves GraphQL over HTTP. It knows no schema: it takes any executable schema and
// answers for what stands between the network and the resolvers.
//
//   - The GraphQL-over-HTTP specification: POST and GET (queries only), the two response types with
//     their status codes, chosen by Accept.
//   - Limits: body, query text, tokens, depth, aliases, root fields, cost, errors, time. A request
//     over a limit is refused before any resolver runs, and the refusal names the limit.
//   - Errors: only a refusal by the domain (inspection.Problems) and the protocol's own errors reach
//     the caller in words. Everything else, a panic included, is logged and shown as an internal
//     error with the request's id.
//
// A POST must carry a JSON content type, which a browser sends to another origin only after a
// preflight; together with bearer tokens this leaves no room for cross-site request forgery.
package edge
