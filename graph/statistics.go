package graph

import (
	"context"

	"plumbline/graph/generated"
	"plumbline/inspection"
)

// filterOf is the filter asked for; none selects every LIVE inspection.
func filterOf(filter *inspection.StatisticsFilter) inspection.StatisticsFilter {
	if filter == nil {
		return inspection.StatisticsFilter{}
	}
	return *filter
}

// answerOf is a use case's answer, or its refusal.
func answerOf[T any](answer T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &answer, nil
}

// pageFrom checks the page size and reads the cursor.
func pageFrom[T any](first int, after *string) (*T, error) {
	if err := checkPage(first); err != nil {
		return nil, err
	}
	return place[T](after)
}

func groupQuery(groupBy inspection.StatisticsGroup, filter *inspection.StatisticsFilter, first int, after *string) (inspection.StatisticsQuery, error) {
	at, err := pageFrom[inspection.GroupCursor](first, after)
	return inspection.StatisticsQuery{Filter: filterOf(filter), GroupBy: groupBy, After: at, Limit: first}, err
}

// groupConnection answers one of the questions that are divided by groups.
func groupConnection(ctx context.Context, r *Resolver, ask func(context.Context, inspection.Actor, inspection.StatisticsQuery) (inspection.StatisticsPage, error),
	groupBy inspection.StatisticsGroup, filter *inspection.StatisticsFilter, first int, after *string) (*generated.StatisticsConnection, error) {
	q, err := groupQuery(groupBy, filter, first, after)
	if err != nil {
		return nil, err
	}
	page, err := ask(ctx, r.actor(ctx), q)
	if err != nil {
		return nil, err
	}
	connection := &generated.StatisticsConnection{Basis: page.Basis, PageInfo: generated.PageInfo{HasNextPage: page.More}}
	for _, g := range page.Groups {
		here, err := cursor(inspection.GroupCursor{GroupBy: groupBy, Sort: g.Sort, Key: g.Key})
		if err != nil {
			return nil, err
		}
		connection.Edges = append(connection.Edges, generated.StatisticsEdge{Cursor: here, Node: g})
		connection.PageInfo.EndCursor = &here
	}
	return connection, nil
}
