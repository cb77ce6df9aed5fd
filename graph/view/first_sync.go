package view

import (
	"context"

	"plumbline/graph/download"
	"plumbline/inspection"
)

// FirstSync is what a tablet loads before it goes where there is no network.
type FirstSync struct {
	Editions   []SyncFile
	Assignment SyncFile
}

// SyncFile is where a file is read that its content names.
type SyncFile struct {
	URL    string
	SHA256 inspection.SHA256
	Size   int
}

// FirstSync is nil for who takes nothing along to the inspection.
func (i *Inspection) FirstSync(ctx context.Context) (*FirstSync, error) {
	files, err := i.service.FirstSync(ctx, i.actor, i.Inspection)
	if inspection.Refused(err, inspection.Forbidden) || inspection.Refused(err, inspection.Locked) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	first := &FirstSync{Assignment: SyncFile{download.AssignmentPath(i.ID, files.Assignment.SHA256), files.Assignment.SHA256, files.Assignment.Size}}
	for _, e := range files.Editions {
		first.Editions = append(first.Editions, SyncFile{download.EditionPath(e.SHA256), e.SHA256, e.Size})
	}
	return first, nil
}
