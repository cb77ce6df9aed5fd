package view

import (
	"plumbline/graph/download"
	"plumbline/inspection"
)

// ReportLink is where a form of a report is read.
type ReportLink struct {
	Form inspection.Form
	Path string
}

// Reports are the forms that the viewer may read, none until the inspection is issued.
func (i *Inspection) Reports() []ReportLink {
	var links []ReportLink
	if i.State != inspection.Issued && i.State != inspection.Closed {
		return links
	}
	for _, form := range inspection.FormsFor(i.actor.Role) {
		links = append(links, ReportLink{Form: form, Path: download.ReportPath(i.ID, form)})
	}
	return links
}
