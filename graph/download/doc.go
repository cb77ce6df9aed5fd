// Package download serves, by plain GET beside the GraphQL API and to the same signed-in people, what
// is read whole: the report of an issued inspection.
package download
