package inspection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// DeliveryState is how far the delivery of an event has come.
type DeliveryState string

const (
	// DeliveryPending: not yet taken; it is tried again.
	DeliveryPending DeliveryState = "PENDING"
	Delivered       DeliveryState = "DELIVERED"
	// DeliveryFailed: given up.
	DeliveryFailed DeliveryState = "FAILED"
	// DeliveryCancelled: the webhook was removed first.
	DeliveryCancelled DeliveryState = "CANCELLED"
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	EventID   ID
	WebhookID ID
	Kind      EventKind
	State     DeliveryState
	Attempts  int
	// Status is the HTTP status of the last answer; nil if there was none.
	Status *int
	// Failure says why the last attempt failed; empty if it did not.
	Failure     string
	CreatedAt   time.Time
	AttemptedAt *time.Time
}

// MessageID is the id by which a receiver knows the event again: the same in every attempt.
func (d Delivery) MessageID() string { return messageID(d.EventID) }

func messageID(event ID) string { return "msg_" + event.String() }

// Message is an event ready to be sent.
type Message struct {
	// ID is the same in every attempt, so that a receiver knows a repetition.
	ID     string
	URL    string
	Secret []byte
	At     time.Time
	Body   []byte
}

// Sender sends messages.
type Sender interface {
	// Send returns the status of the answer, or an error if there was none.
	Send(ctx context.Context, m Message) (status int, err error)
}

// Parcel is a delivery with all that it takes to send it.
type Parcel struct {
	Delivery
	URL     string
	Secret  []byte
	Body    json.RawMessage
	Removed bool
}

// DeliveryQuery selects deliveries, the newest first.
type DeliveryQuery struct {
	WebhookID *ID
	States    []DeliveryState
	After     *DeliveryCursor
	Limit     int
}

// DeliveryCursor is a place in the list.
type DeliveryCursor struct {
	CreatedAt time.Time
	EventID   ID
	WebhookID ID
}

// DeliveryPage is a page of deliveries; More says whether others follow.
type DeliveryPage struct {
	Deliveries []Delivery
	More       bool
}

// Deliveries lists what was sent or is to be sent, the newest first.
func (s *Service) Deliveries(ctx context.Context, actor Actor, q DeliveryQuery) (DeliveryPage, error) {
	var page DeliveryPage
	if err := Allow(actor, ManageWebhooks, Subject{}); err != nil {
		return page, err
	}
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		page, err = tx.ListDeliveries(ctx, q)
		return err
	})
	return page, err
}

// Dispatch makes deliveries of at most limit waiting events and returns how many events there were.
func (s *Service) Dispatch(ctx context.Context, limit int) (int, error) {
	dispatched := 0
	err := s.store.InTx(ctx, System(), func(tx Tx) (err error) {
		dispatched, err = tx.Dispatch(ctx, s.now(), limit)
		return err
	})
	return dispatched, err
}

// ErrGivenUp ends the attempts of a delivery: it was delivered before, its webhook is gone, or says
// that it wants no more.
var ErrGivenUp = errors.New("the delivery is given up")

// Deliver sends one event to one webhook and records what came of it. An error asks for another
// attempt, unless it is ErrGivenUp; last says that there will be none.
func (s *Service) Deliver(ctx context.Context, sender Sender, event, webhook ID, last bool) error {
	var p Parcel
	err := s.store.View(ctx, System(), func(tx Tx) (err error) {
		p, err = tx.Parcel(ctx, event, webhook)
		return err
	})
	if err != nil {
		return err
	}
	if p.State != DeliveryPending {
		return ErrGivenUp
	}
	now := s.now()
	outcome := error(nil)
	p.Failure, p.Status = "", nil
	switch {
	case p.Removed:
		p.State, outcome = DeliveryCancelled, ErrGivenUp
	default:
		p.Attempts, p.AttemptedAt = p.Attempts+1, &now
		status, err := sender.Send(ctx, Message{ID: p.MessageID(), URL: p.URL, Secret: p.Secret, At: now, Body: p.Body})
		switch {
		case err != nil:
			p.Failure, outcome = err.Error(), err
		case status/100 == 2:
			p.Status, p.State = &status, Delivered
		default:
			p.Status, p.Failure = &status, fmt.Sprintf("the webhook answered %d", status)
			outcome = errors.New(p.Failure)
			if status == statusGone {
				p.State, outcome = DeliveryFailed, ErrGivenUp
			}
		}
		if outcome != nil && last {
			p.State = DeliveryFailed
		}
	}
	err = s.store.InTx(ctx, System(), func(tx Tx) error { return tx.RecordDelivery(ctx, p.Delivery) })
	return errors.Join(outcome, err)
}

// statusGone is HTTP's 410: by the Standard Webhooks form a receiver that wants no more says so.
const statusGone = 410
