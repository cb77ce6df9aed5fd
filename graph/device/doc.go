// Package device answers what tablets ask without a session: to be registered under a code, for a
// challenge, and for a token in return for the challenge signed. Its refusals have GraphQL's shape, as
// those of /graphql have.
package device
