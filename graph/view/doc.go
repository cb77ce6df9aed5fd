// Package view holds the API's own shapes over the domain's: an inspection that loads what a query
// asks of it, the problems a mutation returns, and the checklist, which is marshalled by hand.
package view

// Node is any object with a global id.
type Node any
