package ticketkit

import (
	"github.com/ticketkit/ticketkit/adapters"
)

// keepers are the adapters that can keep copies of mails that have left.
func (d *Desk) keepers() (out []adapters.SentKeeper) {
	if _, ok := d.cfg.Mail.(adapters.Composer); !ok { // nobody could write them
		return nil
	}
	for _, a := range d.cfg.Adapters {
		if k, ok := a.(adapters.SentKeeper); ok {
			out = append(out, k)
		}
	}
	return out
}

// keepsSent reports whether a copy of a mail that leaves now is wanted.
func (d *Desk) keepsSent() bool {
	for _, k := range d.keepers() {
		if k.KeepsSent() {
			return true
		}
	}
	return false
}

// copies keeps copies of mails that have left; nil when nobody wants them.
func (d *Desk) copies(delivery *adapters.Delivery, notices *adapters.Notices) (*adapters.Copies, error) {
	keepers := d.keepers()
	if len(keepers) == 0 {
		return nil, nil
	}
	mail, _ := d.cfg.Mail.(adapters.Composer)
	return adapters.NewCopies(adapters.CopiesConfig{Service: d.service, Delivery: delivery, Notices: notices, Mail: mail, Keepers: keepers, Log: d.log})
}
