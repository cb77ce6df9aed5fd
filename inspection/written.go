package inspection

import (
	"time"

	"plumbline/inspection/sync"
)

// Written says where the newest version of a document came from, and whose each of its fields is.
type Written struct {
	// DeviceID is the device that brought it, DeviceTime what its clock said, ClockOffset how far that
	// clock was ahead of the server's; zero and nil if they are not known.
	DeviceID    ID
	DeviceTime  time.Time
	ClockOffset *time.Duration
	By          sync.Hands
}

// writtenNow is what an actor writes of a document: which of its fields, as the rules name them. before
// are whose they were.
func writtenNow(rules sync.Rules, before []sync.Hand, actor Actor, deviceTime, now time.Time, some sync.Fields) Written {
	return Written{DeviceID: actor.Device.ID, DeviceTime: deviceTime, ClockOffset: actor.Device.offset(),
		By: rules.Written(before, handOf(actor, deviceTime, now), some)}
}

// overOwn reports whether the actor wrote one of the fields as they are.
func overOwn(hands []sync.Hand, some sync.Fields, actor Actor) bool {
	for n, h := range hands {
		if some.Has(n) && h.By == actor.ID {
			return true
		}
	}
	return false
}

// handOf is the actor, and when they wrote something by a clock put right.
func handOf(actor Actor, deviceTime, now time.Time) sync.Hand {
	return sync.Hand{By: actor.ID, At: sync.Corrected(deviceTime, actor.Device.Offset, now)}
}
