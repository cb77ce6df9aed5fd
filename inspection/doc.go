// Package inspection is Plumbline's domain: the words of a detention inspection, who may do what,
// and the rules by which an inspection moves from plan to closed file.
//
// The package is pure. It imports the standard library and a UUID library only; it reaches
// PostgreSQL and the object store through the small interfaces it declares (Store, Blobs). A use
// case reads as a paragraph: load, check permission, apply the rule, save with its audit event,
// all in one transaction.
package inspection
