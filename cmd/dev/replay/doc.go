// Package replay plays published inspections through the GraphQL API of a running development stack,
// as the people of an inspection would: the administrator adds a facility that is missing, the lead
// plans, starts and finishes, the inspector answers, records and photographs, the reviewer approves,
// rates and issues. It then compares what Plumbline derives with what was published.
//
// What it promises:
//
//   - Every inspection it makes is RECONSTRUCTED, names its published report, and states nothing that
//     the report does not: a requirement is met as far as no deficiency was published, and what the
//     report is silent on stays NOT_REVIEWED or UNDETERMINED with the reason.
//   - Every step looks first at what is there, so a rerun goes on where the last run stopped, and the
//     server may be killed at any moment.
//   - It prints no token and no signed address.
package replay
