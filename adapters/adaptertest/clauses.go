package adaptertest

// clauses lists the contract. The names are part of the suite's interface: tests of the suite and people who read a report know
// them.
func clauses() []clause {
	return []clause{
		{name: "name_is_valid", idle: true, run: nameIsValid},
		{name: "declares_what_it_can", idle: true, run: declaresWhatItCan},
		{name: "takes_an_item", run: takesAnItem},
		{name: "takes_any_language", run: takesAnyLanguage},
		{name: "takes_items_at_the_same_time", run: takesItemsAtTheSameTime},
		{name: "acknowledges_after_commit", run: acknowledgesAfterCommit},
		{name: "repeats_have_one_key", run: repeatsHaveOneKey},
		{name: "items_have_their_own_keys", run: itemsHaveTheirOwnKeys},
		{name: "keeps_files", needs: attachments, run: keepsFiles},
		{name: "survives_hostile_file_names", needs: attachments, run: survivesHostileFileNames},
		{name: "keeps_html", needs: func(f Features) bool { return f.HTML }, run: keepsHTML},
		{name: "marks_machines", needs: func(f Features) bool { return f.Machine }, run: marksMachines},
		{name: "verifies_senders", needs: func(f Features) bool { return f.Verifies }, run: verifiesSenders},
		{name: "keeps_the_thread", needs: threads, run: keepsTheThread},

		{name: "returns_nil_when_cancelled", run: returnsNilWhenCancelled},
		{name: "finishes_what_it_began", needs: func(f Features) bool { return !f.Routes }, run: finishesWhatItBegan},
		{name: "goes_on_after_an_error", run: goesOnAfterAnError},
		{name: "check_is_harmless", run: checkIsHarmless},
		{name: "retry_gives_the_same_item", run: retryGivesTheSameItem},
		{name: "routes_refuse_nonsense", needs: func(f Features) bool { return f.Routes }, run: routesRefuseNonsense},

		{name: "sends_a_message", needs: sends, run: sendsAMessage},
		{name: "sends_files", needs: features(sends, attachments), run: sendsFiles},
		{name: "sends_no_half_message", needs: features(sends, attachments), run: sendsNoHalfMessage},
		{name: "sends_at_the_same_time", needs: sends, run: sendsAtTheSameTime},
		{name: "repeated_sends_are_harmless", needs: sends, run: repeatedSendsAreHarmless},
		{name: "leaves_the_message_alone", needs: sends, run: leavesTheMessageAlone},
		{name: "send_ends_with_its_context", needs: sends, run: sendEndsWithItsContext},
		{name: "tells_refusals_apart", needs: sends, run: tellsRefusalsApart},
	}
}
