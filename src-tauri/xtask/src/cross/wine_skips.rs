//! What Wine can't tell, being no Windows: those tests are left out under it, each by its name.

/// They ask which process has a socket. Wine answers that it is process 0, so that no listener is ever proven and no holder
/// named.
const OWNERS: &[&str] = &[
    "freeing::a_confirmed_holder_is_asked_and_goes",
    "freeing::a_port_that_only_we_have_is_not_freed",
    "freeing::a_process_that_does_not_hold_the_port_is_left_alone",
    "freeing::without_a_confirmation_the_holders_are_told",
    "listening::a_duplicate_is_the_same_listener_and_keeps_the_port_when_the_other_is_dropped",
    "listening::a_holder_of_the_other_loopback_keeps_us_from_there_only",
    "listening::a_listener_is_made",
    "listening::a_listener_stands_alone_however_often_it_is_asked",
    "listening::a_listener_that_another_made_is_adopted",
    "listening::both_loopbacks_can_have_the_same_port",
    "listening::nobody_gets_in_beside_us_whatever_they_try",
    "listening::of_several_listeners_each_is_told_for_itself",
    "naming::a_holder_is_named_with_all_that_a_person_wants_to_know",
    "naming::a_holder_looks_the_same_whenever_it_is_shown",
    "naming::a_holder_of_all_addresses_is_named",
    "naming::a_holder_of_the_other_loopback_is_not_in_the_way",
    "naming::a_process_that_is_merely_connected_is_no_holder",
    "naming::a_program_that_has_no_name_of_ours_is_not_spoken_to",
    "naming::a_socket_of_our_own_is_named_only_where_there_is_nobody_else",
    "naming::an_older_xswarm_is_known_by_its_identity_alone",
    "naming::an_xswarm_of_another_home_is_known_by_what_it_says",
    "waiting::a_holder_that_another_one_replaces_is_a_change_and_the_other_one_is_named",
];

/// They speak, and Wine has no voice.
const VOICES: &[&str] = &[
    "a_suggestion_is_said_when_nobody_speaks_and_delivered_when_it_was_heard",
    "the_voice_of_this_machine_speaks_at_telephone_loudness",
    "what_is_said_word_for_word_is_heard_or_told_to_be_cut_short",
    "what_is_silenced_tells_how_much_of_it_was_heard",
    "what_is_suggested_is_taken_up_or_refused",
    "what_is_to_be_said_word_for_word_is_heard_or_refused",
    "what_no_model_has_taken_is_left_to_the_line_check",
];

/// They fill the buffers of a socket, which are of another size under Wine.
const BUFFERS: &[&str] = &["a_caller_who_never_reads_is_given_up_and_the_others_hear_on"];

/// The words that make a test program leave them out.
pub(super) fn left_out() -> impl Iterator<Item = &'static str> {
    [OWNERS, VOICES, BUFFERS].into_iter().flatten().flat_map(|name| ["--skip", name])
}
