package adaptertest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
)

var (
	_ adapters.Adapter = (*memory)(nil)
	_ adapters.Sender  = (*memory)(nil)
	_ adapters.Checker = (*memory)(nil)
	_ adapters.Retrier = (*memory)(nil)
)

func everything() adaptertest.Features {
	return adaptertest.Features{Sends: true, Attachments: true, Threads: true, HTML: true, Machine: true, Verifies: true}
}

// TestSuitePasses shows that an adapter without faults passes.
func TestSuitePasses(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, everything(), func(t testing.TB, _ adapters.Intake) adaptertest.Harness {
		return newMemory(t, faults{}).harness()
	})
}

// TestSuiteFindsFaults plants one fault at a time and asks for the clause that is about it.
func TestSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		f      faults
		clause string
	}{
		"bad name":                        {faults{badName: true}, "name_is_valid"},
		"sends undeclared":                {faults{undeclared: true}, "declares_what_it_can"},
		"acknowledges always":             {faults{ackAlways: true}, "acknowledges_after_commit"},
		"acknowledges first":              {faults{ackFirst: true}, "acknowledges_after_commit"},
		"parks what it should offer":      {faults{parkOnError: true}, "acknowledges_after_commit"},
		"new key on every delivery":       {faults{newKeys: true}, "repeats_have_one_key"},
		"one key for all":                 {faults{oneKey: true}, "items_have_their_own_keys"},
		"loses files":                     {faults{loseFiles: true}, "keeps_files"},
		"changes files":                   {faults{changeFiles: true}, "keeps_files"},
		"renames files":                   {faults{renameFiles: true}, "keeps_files"},
		"loses hostile files":             {faults{loseFiles: true}, "survives_hostile_file_names"},
		"drops text":                      {faults{dropText: true}, "takes_an_item"},
		"knows ASCII only":                {faults{asciiOnly: true}, "takes_any_language"},
		"no identity":                     {faults{noIdentity: true}, "takes_an_item"},
		"one identity for all":            {faults{sameIdentity: true}, "items_have_their_own_keys"},
		"drops HTML":                      {faults{dropHTML: true}, "keeps_html"},
		"takes machines for people":       {faults{humansOnly: true}, "marks_machines"},
		"trusts everybody":                {faults{trustAll: true}, "verifies_senders"},
		"drops the thread":                {faults{dropThread: true}, "keeps_the_thread"},
		"drops the token on the way out":  {faults{dropsOutgoing: true}, "keeps_the_thread"},
		"one at a time":                   {faults{serial: true}, "takes_items_at_the_same_time"},
		"ignores cancel":                  {faults{ignoreCancel: true}, "returns_nil_when_cancelled"},
		"error on cancel":                 {faults{errorOnCancel: true}, "returns_nil_when_cancelled"},
		"serves on after cancel":          {faults{servesOn: true}, "returns_nil_when_cancelled"},
		"abandons what it began":          {faults{abandons: true}, "finishes_what_it_began"},
		"stops for good":                  {faults{stopsForGood: true}, "goes_on_after_an_error"},
		"check hangs":                     {faults{checkHangs: true}, "check_is_harmless"},
		"check takes something in":        {faults{checkTakes: true}, "check_is_harmless"},
		"check finds nonsense":            {faults{checkNonsense: true}, "check_is_harmless"},
		"retry makes a new key":           {faults{retryNewKey: true}, "retry_gives_the_same_item"},
		"retry is silent":                 {faults{retrySilent: true}, "retry_gives_the_same_item"},
		"panics on concurrent sends":      {faults{sendRace: true}, "sends_at_the_same_time"},
		"new external id on every repeat": {faults{newID: true}, "repeated_sends_are_harmless"},
		"one external id for all":         {faults{oneID: true}, "sends_at_the_same_time"},
		"no external id":                  {faults{noID: true}, "sends_a_message"},
		"changes the message":             {faults{scribbles: true}, "leaves_the_message_alone"},
		"leaks files":                     {faults{leaksFiles: true}, "sends_files"},
		"changes files on the way out":    {faults{changeFiles: true}, "sends_files"},
		"sends half a message":            {faults{sendsLess: true}, "sends_no_half_message"},
		"loses what it sent":              {faults{losesSent: true}, "sends_a_message"},
		"sends to somebody else":          {faults{wrongPerson: true}, "sends_a_message"},
		"send ignores its context":        {faults{sendIgnoresCtx: true}, "send_ends_with_its_context"},
		"gives up too early":              {faults{allPermanent: true}, "tells_refusals_apart"},
		"never gives up":                  {faults{allTemporary: true}, "tells_refusals_apart"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := everything()
			f.Patience, f.Settle = time.Second, 300*time.Millisecond
			f.Sends = !c.f.undeclared
			broken := adaptertest.Check(t, f, func(t testing.TB, _ adapters.Intake) adaptertest.Harness {
				return newMemory(t, c.f).harness()
			}, c.clause)
			require.Len(t, broken, 1)
			require.Equal(t, c.clause, broken[0].Clause)
			require.Error(t, broken[0].Err)
		})
	}
}
