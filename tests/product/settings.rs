//! Every message about mistaken settings, in full; the file with all defaults and the page about it against the list of
//! keys; and that no secret is ever shown.

use std::collections::BTreeMap;

use dateline::settings::{Settings, Source, load};
use insta::assert_snapshot;

const CONFIG: &str = include_str!("../../config/dateline.toml");
const PAGE: &str = include_str!("../../docs/CONFIG.md");

/// What is said about these settings.
fn refused(file: &str, environment: &[(&str, &str)], sets: &[&str]) -> String {
    let environment: Vec<(String, String)> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let file = (!file.is_empty()).then_some(("config/dateline.toml", file));
    let mistakes = load(&Source { file, environment: &environment, sets: &sets })
        .expect_err("these settings are mistaken");
    let text = mistakes.to_string();
    assert!(text.contains(&format!("{} mistake", mistakes.count())));
    text
}

fn in_file(file: &str) -> String {
    refused(file, &[], &[])
}

fn in_environment(name: &str, value: &str) -> String {
    refused("", &[(name, value)], &[])
}

fn in_set(set: &str) -> String {
    refused("", &[], &[set])
}

#[test]
fn unknown_section() {
    assert_snapshot!(
        in_file("[kafak]\ngroup = \"x\"\n"),
        @r##"
        error: unknown section `kafak`
         --> config/dateline.toml:1:2
          |
        1 | [kafak]
          |  ^^^^^ did you mean `kafka`?
          |
          = note: the sections are: kafka, input, limits, nlp, worker, http, log, privacy

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_section_without_a_near_one() {
    assert_snapshot!(
        in_file("[metrics]\nlisten = \"x\"\n"),
        @r##"
        error: unknown section `metrics`
         --> config/dateline.toml:1:2
          |
        1 | [metrics]
          |  ^^^^^^^
          |
          = note: the sections are: kafka, input, limits, nlp, worker, http, log, privacy

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_key() {
    assert_snapshot!(
        in_file("[kafka]\ngrup = \"x\"\n"),
        @r##"
        error: unknown key `grup` in [kafka]
         --> config/dateline.toml:2:1
          |
        2 | grup = ***
          | ^^^^ did you mean `group`?
          |
          = note: the keys of [kafka] are: brokers, group, instance, run_dir, start, input_topic, events_topic, articles_topic, dead_topic, security_protocol, sasl_mechanism, sasl_username, sasl_password_file, ssl_ca_file, allow_plaintext_sasl

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_key_of_another_section() {
    assert_snapshot!(
        in_file("[kafka]\nthreads = 2\n"),
        @r##"
        error: unknown key `threads` in [kafka]
         --> config/dateline.toml:2:1
          |
        2 | threads = *
          | ^^^^^^^ it belongs below [worker]
          |
          = note: the keys of [kafka] are: brokers, group, instance, run_dir, start, input_topic, events_topic, articles_topic, dead_topic, security_protocol, sasl_mechanism, sasl_username, sasl_password_file, ssl_ca_file, allow_plaintext_sasl

        1 mistake in the settings
        "##
    );
}

#[test]
fn key_outside_of_a_section() {
    assert_snapshot!(
        in_file("group = \"x\"\n[kafka]\n"),
        @r##"
        error: the key `group` stands outside of a section
         --> config/dateline.toml:1:1
          |
        1 | group = ***
          | ^^^^^ it belongs below [kafka]
          |
          = note: the sections are: kafka, input, limits, nlp, worker, http, log, privacy

        1 mistake in the settings
        "##
    );
}

#[test]
fn section_that_is_a_value() {
    assert_snapshot!(
        in_file("kafka = \"k1:9092\"\n"),
        @r##"
        error: `kafka` must be one section
         --> config/dateline.toml:1:1
          |
        1 | kafka = ***
          | ^^^^^ write [kafka]

        1 mistake in the settings
        "##
    );
}

#[test]
fn section_written_twice_as_an_array() {
    assert_snapshot!(
        in_file("[[log]]\nlevel = \"info\"\n"),
        @r##"
        error: `log` must be one section
         --> config/dateline.toml:1:3
          |
        1 | [[log]]
          |   ^^^ write [log]

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_that_is_a_value() {
    assert_snapshot!(
        in_file("[kafka]\nlibrdkafka = \"x\"\n"),
        @r##"
        error: `kafka.librdkafka` must be one section
         --> config/dateline.toml:2:1
          |
        2 | librdkafka = ***
          | ^^^^^^^^^^ write [kafka.librdkafka]

        1 mistake in the settings
        "##
    );
}

#[test]
fn text_of_a_wrong_type() {
    assert_snapshot!(
        in_file("[kafka]\ngroup = 5\n"),
        @r##"
        error: `kafka.group` must be a text in quotes, found 5
         --> config/dateline.toml:2:9
          |
        2 | group = 5
          |         ^

        1 mistake in the settings
        "##
    );
}

#[test]
fn number_of_a_wrong_type() {
    assert_snapshot!(
        in_file("[worker]\nthreads = \"4\"\n"),
        @r##"
        error: `worker.threads` must be a whole number from 0 to 1024, found the text `4`
         --> config/dateline.toml:2:11
          |
        2 | threads = "4"
          |           ^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn number_with_a_fraction() {
    assert_snapshot!(
        in_file("[worker]\nwindow_ms = 0.5\n"),
        @r##"
        error: `worker.window_ms` must be a whole number from 1 to 60000, found a number with a fraction
         --> config/dateline.toml:2:13
          |
        2 | window_ms = 0.5
          |             ^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn number_too_large_for_any_type() {
    assert_snapshot!(
        in_file("[worker]\nthreads = 999999999999999999999999999999999999999999\n"),
        @r##"
        error: `worker.threads` must be a whole number from 0 to 1024, found a number too large
         --> config/dateline.toml:2:11
          |
        2 | threads = 999999999999999999999999999999999999999999
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn flag_of_a_wrong_type() {
    assert_snapshot!(
        in_file("[kafka]\nallow_plaintext_sasl = \"yes\"\n"),
        @r##"
        error: `kafka.allow_plaintext_sasl` must be true or false, found the text `yes`
         --> config/dateline.toml:2:24
          |
        2 | allow_plaintext_sasl = "yes"
          |                        ^^^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn word_of_a_wrong_type() {
    assert_snapshot!(
        in_file("[log]\nlevel = [\"info\"]\n"),
        @r##"
        error: `log.level` must be a text in quotes, found an array
         --> config/dateline.toml:2:9
          |
        2 | level = ["info"]
          |         ^^^^^^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn out_of_range() {
    assert_snapshot!(
        in_file("[limits]\nparticipants_max = 0\n"),
        @r##"
        error: `limits.participants_max` must be a whole number from 1 to 1000, found 0
         --> config/dateline.toml:2:20
          |
        2 | participants_max = 0
          |                    ^

        1 mistake in the settings
        "##
    );
}

#[test]
fn negative() {
    assert_snapshot!(
        in_file("[worker]\ndrain_secs = -1\n"),
        @r##"
        error: `worker.drain_secs` must be a whole number from 0 to 3600, found -1
         --> config/dateline.toml:2:14
          |
        2 | drain_secs = -1
          |              ^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_word() {
    assert_snapshot!(
        in_file("[log]\nlevel = \"inof\"\n"),
        @r##"
        error: `log.level` must be one of error, warn, info, debug, trace, found `inof`
         --> config/dateline.toml:2:9
          |
        2 | level = "inof"
          |         ^^^^^^ did you mean `info`?

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_kernel() {
    assert_snapshot!(
        in_file("[nlp]\nkernel = \"avx512vni\"\n"),
        @r##"
        error: `nlp.kernel` must be one of auto, scalar, avx2, avx512vnni, found `avx512vni`
         --> config/dateline.toml:2:10
          |
        2 | kernel = "avx512vni"
          |          ^^^^^^^^^^^ did you mean `avx512vnni`?

        1 mistake in the settings
        "##
    );
}

#[test]
fn empty_word() {
    assert_snapshot!(
        in_file("[privacy]\noutput_text = \"\"\n"),
        @r##"
        error: `privacy.output_text` must be one of full, sentence, span, none, found an empty text
         --> config/dateline.toml:2:15
          |
        2 | output_text = ""
          |               ^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_mechanism() {
    assert_snapshot!(
        in_file("[kafka]\nsasl_mechanism = \"scram-sha-512\"\n"),
        @r##"
        error: `kafka.sasl_mechanism` must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, found `scram-sha-512`
         --> config/dateline.toml:2:18
          |
        2 | sasl_mechanism = "scram-sha-512"
          |                  ^^^^^^^^^^^^^^^ did you mean `SCRAM-SHA-512`?

        1 mistake in the settings
        "##
    );
}

#[test]
fn empty_topic() {
    assert_snapshot!(
        in_file("[kafka]\nevents_topic = \"\"\n"),
        @r##"
        error: `kafka.events_topic` must not be empty
         --> config/dateline.toml:2:16
          |
        2 | events_topic = ""
          |                ^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn name_that_is_no_topic() {
    assert_snapshot!(
        in_file("[kafka]\ninput_topic = \"articles raw\"\n"),
        @r##"
        error: `kafka.input_topic` must be the name of a topic, found the text `articles raw`
         --> config/dateline.toml:2:15
          |
        2 | input_topic = "articles raw"
          |               ^^^^^^^^^^^^^^
          |
          = note: it may hold letters, digits and . _ - only, 249 at most, and not be . or ..

        1 mistake in the settings
        "##
    );
}

#[test]
fn empty_group() {
    assert_snapshot!(
        in_file("[kafka]\ngroup = \" \"\n"),
        @r##"
        error: `kafka.group` must not be empty
         --> config/dateline.toml:2:9
          |
        2 | group = " "
          |         ^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn empty_brokers() {
    assert_snapshot!(
        in_environment("DATELINE__KAFKA__BROKERS", ""),
        @r##"
        error: `kafka.brokers` must not be empty
        --> environment DATELINE__KAFKA__BROKERS

        1 mistake in the settings
        "##
    );
}

#[test]
fn two_topics_equal() {
    assert_snapshot!(
        in_file("[kafka]\nevents_topic = \"articles\"\ndead_topic = \"articles\"\n"),
        @r##"
        error: `kafka.dead_topic` and `kafka.events_topic` are the same topic, `articles`
         --> config/dateline.toml:3:14
          |
        2 | events_topic = "articles"
          |                ----------
        3 | dead_topic = "articles"
          |              ^^^^^^^^^^
          |
          = note: each kind of record needs a topic of its own

        1 mistake in the settings
        "##
    );
}

#[test]
fn events_topic_equal_to_the_input() {
    assert_snapshot!(
        in_file("[kafka]\ninput_topic = \"articles\"\ngroup = \"x\"\nevents_topic = \"articles\"\n"),
        @r##"
        error: `kafka.events_topic` and `kafka.input_topic` are the same topic, `articles`
         --> config/dateline.toml:4:16
          |
        2 | input_topic = "articles"
          |               ----------
        3 | group = "x"
        4 | events_topic = "articles"
          |                ^^^^^^^^^^
          |
          = note: the worker would read what it writes, without end

        1 mistake in the settings
        "##
    );
}

#[test]
fn topic_equal_to_a_default() {
    assert_snapshot!(
        in_set("kafka.dead_topic=articles.raw"),
        @r##"
        error: `kafka.dead_topic` and `kafka.input_topic` are the same topic, `articles.raw`
        --> --set kafka.dead_topic
        ::: default of kafka.input_topic
         = note: the worker would read what it writes, without end

        1 mistake in the settings
        "##
    );
}

#[test]
fn topics_equal_across_file_and_environment() {
    assert_snapshot!(
        refused(
            "[kafka]\ninput_topic = \"articles\"\n",
            &[("DATELINE__KAFKA__DEAD_TOPIC", "articles")],
            &[],
        ),
        @r##"
        error: `kafka.dead_topic` and `kafka.input_topic` are the same topic, `articles`
         --> config/dateline.toml:2:15
          |
        2 | input_topic = "articles"
          |               ----------
         ::: environment DATELINE__KAFKA__DEAD_TOPIC
          = note: the worker would read what it writes, without end

        1 mistake in the settings
        "##
    );
}

#[test]
fn window_too_long_for_its_transaction() {
    assert_snapshot!(
        in_file("[worker]\nwindow_ms = 9000\ntransaction_timeout_ms = 30000\n"),
        @r##"
        error: `worker.window_ms` is 9000, more than a quarter of `worker.transaction_timeout_ms`, which is 30000
         --> config/dateline.toml:2:13
          |
        2 | window_ms = 9000
          |             ^^^^
        3 | transaction_timeout_ms = 30000
          |                          -----
          |
          = note: a transaction needs time to end before the broker gives it up; the window can be 7500 at most

        1 mistake in the settings
        "##
    );
}

#[test]
fn window_too_long_for_the_default() {
    assert_snapshot!(
        in_environment("DATELINE__WORKER__WINDOW_MS", "7501"),
        @r##"
        error: `worker.window_ms` is 7501, more than a quarter of `worker.transaction_timeout_ms`, which is 30000
        --> environment DATELINE__WORKER__WINDOW_MS
        ::: default of worker.transaction_timeout_ms
         = note: a transaction needs time to end before the broker gives it up; the window can be 7500 at most

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_against_a_fixed_property() {
    assert_snapshot!(
        in_file("[kafka.librdkafka]\n\"isolation.level\" = \"read_uncommitted\"\n"),
        @r##"
        error: `isolation.level` is fixed to read_committed, found `read_uncommitted`
         --> config/dateline.toml:2:21
          |
        2 | "isolation.level" = "read_uncommitted"
          |                     ^^^^^^^^^^^^^^^^^^
          |
          = note: any other reads input that is taken back, and offsets of transactions that are still open

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_against_a_fixed_property_by_its_other_name() {
    assert_snapshot!(
        in_file("[kafka.librdkafka]\nproducer.request.required.acks = 1\n"),
        @r##"
        error: `producer.request.required.acks` is fixed to all, found `1`
         --> config/dateline.toml:2:34
          |
        2 | producer.request.required.acks = 1
          |                                  ^
          |
          = note: a broker that fails would take records with it

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_against_start() {
    assert_snapshot!(
        in_set("kafka.librdkafka.auto.offset.reset=latest"),
        @r##"
        error: `auto.offset.reset` is fixed to error, found `latest`
        --> --set kafka.librdkafka.auto.offset.reset
         = note: a lost offset is a loss of data and must stop the worker; `kafka.start` says where a new partition begins

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_that_a_key_sets() {
    assert_snapshot!(
        in_file("[kafka.librdkafka]\n\"group.id\" = \"x\"\n"),
        @r##"
        error: `group.id` is set by `kafka.group`
         --> config/dateline.toml:2:14
          |
        2 | "group.id" = "x"
          |              ^^^
          |
          = note: leave it out and set `kafka.group`

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_with_a_password() {
    assert_snapshot!(
        in_file("[kafka.librdkafka]\n\"sasl.password\" = \"canary-7f3a\"\n"),
        @r##"
        error: `sasl.password` is a secret, which must not stand in [kafka.librdkafka]
         --> config/dateline.toml:2:1
          |
        2 | "sasl.password" = ***
          | ^^^^^^^^^^^^^^^
          |
          = note: name a file that holds it by `kafka.sasl_password_file`, or set the environment variable DATELINE__KAFKA__SASL_PASSWORD

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_with_a_key_password() {
    assert_snapshot!(
        in_file("[kafka]\nlibrdkafka = { \"linger.ms\" = 5, \"ssl.key.password\" = \"canary-7f3a\" }\n"),
        @r##"
        error: `ssl.key.password` is a secret, which must not stand in [kafka.librdkafka]
         --> config/dateline.toml:2:33
          |
        2 | librdkafka = { "linger.ms" = 5, "ssl.key.password" = ***
          |                                 ^^^^^^^^^^^^^^^^^^
          |
          = note: use `ssl.key.location` with a file without password that only the worker can read

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_with_a_client_secret() {
    assert_snapshot!(
        in_file("[kafka.librdkafka.sasl.oauthbearer.client]\nsecret = \"canary-7f3a\"\n"),
        @r##"
        error: `sasl.oauthbearer.client.secret` is a secret, which must not stand in [kafka.librdkafka]
         --> config/dateline.toml:2:1
          |
        2 | secret = ***
          | ^^^^^^
          |
          = note: no key takes this secret: passwords are the only proof that is supported (`kafka.sasl_mechanism`, `kafka.sasl_password_file`)

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_with_a_password_in_the_environment() {
    assert_snapshot!(
        in_environment("DATELINE__KAFKA__LIBRDKAFKA__SASL_PASSWORD", "canary-7f3a"),
        @r##"
        error: `sasl.password` is a secret, which must not stand in [kafka.librdkafka]
        --> environment DATELINE__KAFKA__LIBRDKAFKA__SASL_PASSWORD
         = note: name a file that holds it by `kafka.sasl_password_file`, or set the environment variable DATELINE__KAFKA__SASL_PASSWORD

        1 mistake in the settings
        "##
    );
}

#[test]
fn librdkafka_of_a_wrong_type() {
    assert_snapshot!(
        in_file("[kafka.librdkafka]\n\"debug\" = [\"broker\"]\n"),
        @r##"
        error: `debug` must be a text, a whole number, true or false
         --> config/dateline.toml:2:11
          |
        2 | "debug" = ["broker"]
          |           ^^^^^^^^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn sasl_without_anything() {
    assert_snapshot!(
        in_file("[kafka]\nsecurity_protocol = \"sasl_ssl\"\n"),
        @r##"
        error: `kafka.security_protocol` is sasl_ssl, which needs `kafka.sasl_mechanism`: one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
         --> config/dateline.toml:2:21
          |
        2 | security_protocol = "sasl_ssl"
          |                     ^^^^^^^^^^

        error: `kafka.security_protocol` is sasl_ssl, which needs `kafka.sasl_username`
         --> config/dateline.toml:2:21
          |
        2 | security_protocol = "sasl_ssl"
          |                     ^^^^^^^^^^

        error: `kafka.security_protocol` is sasl_ssl, which needs a password, by `kafka.sasl_password_file` or the environment variable DATELINE__KAFKA__SASL_PASSWORD
         --> config/dateline.toml:2:21
          |
        2 | security_protocol = "sasl_ssl"
          |                     ^^^^^^^^^^

        3 mistakes in the settings
        "##
    );
}

#[test]
fn sasl_without_encryption() {
    assert_snapshot!(
        refused(
            "[kafka]\nsecurity_protocol = \"sasl_plaintext\"\nsasl_mechanism = \"PLAIN\"\nsasl_username = \"worker\"\n",
            &[("DATELINE__KAFKA__SASL_PASSWORD", "canary-7f3a")],
            &[],
        ),
        @r##"
        error: `kafka.security_protocol` is sasl_plaintext, which sends the password without encryption
         --> config/dateline.toml:2:21
          |
        2 | security_protocol = "sasl_plaintext"
          |                     ^^^^^^^^^^^^^^^^
          |
          = note: use sasl_ssl, or accept it by `kafka.allow_plaintext_sasl = true`

        1 mistake in the settings
        "##
    );
}

#[test]
fn password_in_the_file() {
    assert_snapshot!(
        in_file("[kafka]\nsasl_password = \"canary-7f3a\"\n"),
        @r##"
        error: `kafka.sasl_password` must not stand in the file
         --> config/dateline.toml:2:1
          |
        2 | sasl_password = ***
          | ^^^^^^^^^^^^^ a secret
          |
          = note: name a file that holds it by `kafka.sasl_password_file`, or set the environment variable DATELINE__KAFKA__SASL_PASSWORD

        1 mistake in the settings
        "##
    );
}

#[test]
fn password_on_the_command_line() {
    assert_snapshot!(
        in_set("kafka.sasl_password=canary-7f3a"),
        @r##"
        error: `kafka.sasl_password` must not stand on a command line
        --> --set kafka.sasl_password
         = note: other users of this machine can read it there; name a file by `kafka.sasl_password_file`, or set the environment variable DATELINE__KAFKA__SASL_PASSWORD

        1 mistake in the settings
        "##
    );
}

#[test]
fn instance_with_a_space() {
    assert_snapshot!(
        in_file("[kafka]\ninstance = \"worker 1\"\n"),
        @r##"
        error: `kafka.instance` holds ` `, but may hold letters, digits and . _ - only
         --> config/dateline.toml:2:12
          |
        2 | instance = "worker 1"
          |            ^^^^^^^^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn instance_with_a_letter_of_another_script() {
    assert_snapshot!(
        in_set("kafka.instance=wörker"),
        @r##"
        error: `kafka.instance` holds `ö`, but may hold letters, digits and . _ - only
        --> --set kafka.instance

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_start() {
    assert_snapshot!(
        in_file("[kafka]\nstart = \"earlyest\"\n"),
        @r##"
        error: `kafka.start` must be earliest, latest or a time since 1970 with its zone, found the text `earlyest`
         --> config/dateline.toml:2:9
          |
        2 | start = "earlyest"
          |         ^^^^^^^^^^ did you mean `earliest`?
          |
          = note: a time is written as in RFC 3339: 2026-01-31T06:00:00Z

        1 mistake in the settings
        "##
    );
}

#[test]
fn start_without_a_zone() {
    assert_snapshot!(
        in_file("[kafka]\nstart = 2026-01-31T06:00:00\n"),
        @r##"
        error: `kafka.start` must be earliest, latest or a time since 1970 with its zone, found the time `2026-01-31T06:00:00`
         --> config/dateline.toml:2:9
          |
        2 | start = 2026-01-31T06:00:00
          |         ^^^^^^^^^^^^^^^^^^^
          |
          = note: a time is written as in RFC 3339: 2026-01-31T06:00:00Z

        1 mistake in the settings
        "##
    );
}

#[test]
fn start_before_1970() {
    assert_snapshot!(
        in_set("kafka.start=1969-12-31T23:59:59Z"),
        @r##"
        error: `kafka.start` must be earliest, latest or a time since 1970 with its zone, found `1969-12-31T23:59:59Z`
        --> --set kafka.start
         = note: a time is written as in RFC 3339: 2026-01-31T06:00:00Z

        1 mistake in the settings
        "##
    );
}

#[test]
fn start_of_a_wrong_type() {
    assert_snapshot!(
        in_file("[kafka]\nstart = 5\n"),
        @r##"
        error: `kafka.start` must be a text in quotes, found 5
         --> config/dateline.toml:2:9
          |
        2 | start = 5
          |         ^

        1 mistake in the settings
        "##
    );
}

#[test]
fn listen_without_a_port() {
    assert_snapshot!(
        in_file("[http]\nlisten = \"127.0.0.1\"\n"),
        @r##"
        error: `http.listen` must be an address with a port, found the text `127.0.0.1`
         --> config/dateline.toml:2:10
          |
        2 | listen = "127.0.0.1"
          |          ^^^^^^^^^^^
          |
          = note: for example 127.0.0.1:9464, [::1]:9464 or 0.0.0.0:9464; empty = off

        1 mistake in the settings
        "##
    );
}

#[test]
fn listen_by_name() {
    assert_snapshot!(
        in_environment("DATELINE__HTTP__LISTEN", "localhost:9464"),
        @r##"
        error: `http.listen` must be an address with a port, found `localhost:9464`
        --> environment DATELINE__HTTP__LISTEN
         = note: for example 127.0.0.1:9464, [::1]:9464 or 0.0.0.0:9464; empty = off

        1 mistake in the settings
        "##
    );
}

#[test]
fn set_without_a_value() {
    assert_snapshot!(
        in_set("kafka.group"),
        @r##"
        error: `--set kafka.group` has no `=`
        --> --set kafka.group
         = note: write --set section.key=value

        1 mistake in the settings
        "##
    );
}

#[test]
fn set_without_a_value_hides_what_follows() {
    assert_snapshot!(
        in_set("kafka.sasl_password:canary-7f3a"),
        @r##"
        error: `--set kafka.sasl_password` has no `=`
        --> --set kafka.sasl_password
         = note: write --set section.key=value

        1 mistake in the settings
        "##
    );
}

#[test]
fn set_of_an_unknown_key() {
    assert_snapshot!(
        in_set("kafka.grup=x"),
        @r##"
        error: unknown key `kafka.grup`
        --> --set kafka.grup
         = note: did you mean `kafka.group`?

        1 mistake in the settings
        "##
    );
}

#[test]
fn set_of_an_unknown_section() {
    assert_snapshot!(
        in_set("broker.url=x"),
        @r##"
        error: unknown key `broker.url`
        --> --set broker.url
         = note: the sections are: kafka, input, limits, nlp, worker, http, log, privacy

        1 mistake in the settings
        "##
    );
}

#[test]
fn set_out_of_range() {
    assert_snapshot!(
        in_set("worker.threads=4096"),
        @r##"
        error: `worker.threads` must be a whole number from 0 to 1024, found `4096`
        --> --set worker.threads

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_variable() {
    assert_snapshot!(
        in_environment("DATELINE__KAFKA__GRUP", "x"),
        @r##"
        error: unknown environment variable `DATELINE__KAFKA__GRUP`
        --> environment DATELINE__KAFKA__GRUP
         = note: did you mean `DATELINE__KAFKA__GROUP`?

        1 mistake in the settings
        "##
    );
}

#[test]
fn unknown_variable_without_a_near_one() {
    assert_snapshot!(
        in_environment("DATELINE__TOPIC", "x"),
        @r##"
        error: unknown environment variable `DATELINE__TOPIC`
        --> environment DATELINE__TOPIC
         = note: a key is named DATELINE__SECTION__KEY

        1 mistake in the settings
        "##
    );
}

#[test]
fn variable_that_is_no_number() {
    assert_snapshot!(
        in_environment("DATELINE__WORKER__THREADS", "many"),
        @r##"
        error: `worker.threads` must be a whole number from 0 to 1024, found `many`
        --> environment DATELINE__WORKER__THREADS

        1 mistake in the settings
        "##
    );
}

#[test]
fn variable_that_is_no_flag() {
    assert_snapshot!(
        in_environment("DATELINE__KAFKA__ALLOW_PLAINTEXT_SASL", "1"),
        @r##"
        error: `kafka.allow_plaintext_sasl` must be true or false, found `1`
        --> environment DATELINE__KAFKA__ALLOW_PLAINTEXT_SASL

        1 mistake in the settings
        "##
    );
}

#[test]
fn variable_that_is_no_word() {
    assert_snapshot!(
        in_environment("DATELINE__LOG__LEVEL", "INFO"),
        @r##"
        error: `log.level` must be one of error, warn, info, debug, trace, found `INFO`
        --> environment DATELINE__LOG__LEVEL
         = note: did you mean `info`?

        1 mistake in the settings
        "##
    );
}

#[test]
fn no_toml() {
    assert_snapshot!(
        in_file("[kafka]\ngroup = \"dateline\n"),
        @r##"
        error: the file is no TOML: invalid basic string, expected `"`
         --> config/dateline.toml:2:18
          |
        2 | group = "dateline
          |                  ^

        1 mistake in the settings
        "##
    );
}

#[test]
fn key_twice() {
    assert_snapshot!(
        in_file("[kafka]\ngroup = \"a\"\ngroup = \"b\"\n"),
        @r##"
        error: the file is no TOML: duplicate key
         --> config/dateline.toml:3:1
          |
        3 | group = "b"
          | ^^^^^

        1 mistake in the settings
        "##
    );
}

#[test]
fn all_at_once() {
    assert_snapshot!(
        refused(
            "[kafka]\ngrup = \"x\"\ninput_topic = \"\"\n\n[worker]\nthreads = -2\n\n[mertics]\n",
            &[("DATELINE__LOG__LEVEL", "loud"), ("DATELINE__KAFAK__GROUP", "x")],
            &["limits.events_max=none", "kafka.group"],
        ),
        @r##"
        error: unknown key `grup` in [kafka]
         --> config/dateline.toml:2:1
          |
        2 | grup = ***
          | ^^^^ did you mean `group`?
          |
          = note: the keys of [kafka] are: brokers, group, instance, run_dir, start, input_topic, events_topic, articles_topic, dead_topic, security_protocol, sasl_mechanism, sasl_username, sasl_password_file, ssl_ca_file, allow_plaintext_sasl

        error: `kafka.input_topic` must not be empty
         --> config/dateline.toml:3:15
          |
        3 | input_topic = ""
          |               ^^

        error: `worker.threads` must be a whole number from 0 to 1024, found -2
         --> config/dateline.toml:6:11
          |
        6 | threads = -2
          |           ^^

        error: unknown section `mertics`
         --> config/dateline.toml:8:2
          |
        8 | [mertics]
          |  ^^^^^^^
          |
          = note: the sections are: kafka, input, limits, nlp, worker, http, log, privacy

        error: unknown environment variable `DATELINE__KAFAK__GROUP`
        --> environment DATELINE__KAFAK__GROUP
         = note: did you mean `DATELINE__KAFKA__GROUP`?

        error: `log.level` must be one of error, warn, info, debug, trace, found `loud`
        --> environment DATELINE__LOG__LEVEL

        error: `--set kafka.group` has no `=`
        --> --set kafka.group
         = note: write --set section.key=value

        error: `limits.events_max` must be a whole number from 1 to 10000, found `none`
        --> --set limits.events_max

        8 mistakes in the settings
        "##
    );
}

/// A key of `config/dateline.toml`: its default as written there, and its sentence.
#[derive(Debug, PartialEq, Eq)]
struct Described {
    default: String,
    sentence: String,
}

/// The keys of `config/dateline.toml` by path.
fn described() -> BTreeMap<String, Described> {
    let mut section = String::new();
    let mut sentence = String::new();
    let mut keys = BTreeMap::new();
    for line in CONFIG.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            sentence = comment.to_owned();
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((name, default)) = line.split_once(" = ") {
            let described =
                Described { default: default.to_owned(), sentence: std::mem::take(&mut sentence) };
            keys.insert(format!("{section}.{name}"), described);
        }
    }
    keys
}

/// The keys of the list, without the one that only the environment may hold.
fn keys() -> Vec<String> {
    let mut keys: Vec<String> = Settings::default()
        .digest_text()
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0.to_owned()))
        .filter(|path| path != "kafka.sasl_password")
        .collect();
    keys.sort();
    keys
}

#[test]
fn the_file_has_every_key_with_its_default() {
    let file = Some(("config/dateline.toml", CONFIG));
    let settings = load(&Source { file, environment: &[], sets: &[] }).unwrap();
    assert_eq!(settings.digest_text(), Settings::default().digest_text());
    let in_file: Vec<String> = described().into_keys().collect();
    assert_eq!(in_file, keys());
}

#[test]
fn every_key_of_the_file_has_one_sentence() {
    for (path, described) in described() {
        assert!(described.sentence.ends_with('.'), "{path}: {}", described.sentence);
        assert!(described.sentence.len() > 10, "{path}: {}", described.sentence);
    }
}

/// `0 to 1024` for `worker.threads`; empty for a key that is no number.
fn range(path: &str) -> String {
    let set = format!("{path}=\u{1}");
    let Err(mistakes) = load(&Source { file: None, environment: &[], sets: &[set] }) else {
        return String::new();
    };
    let text = mistakes.to_string();
    text.split_once("a whole number from ")
        .and_then(|(_, rest)| rest.split_once(", found"))
        .map(|(range, _)| range.to_owned())
        .unwrap_or_default()
}

#[test]
fn the_page_has_every_key_as_the_file_has_it() {
    let mut section = "";
    let mut on_page = BTreeMap::new();
    for line in PAGE.lines() {
        if let Some(name) = line.strip_prefix("## [") {
            section = name.trim_end_matches(']');
        }
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if let [name, default, range, sentence] = cells.as_slice()
            && let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'))
        {
            let described = Described {
                default: default.trim_matches('`').to_owned(),
                sentence: (*sentence).to_owned(),
            };
            on_page.insert(format!("{section}.{name}"), (described, (*range).to_owned()));
        }
    }
    let expected: BTreeMap<String, (Described, String)> = described()
        .into_iter()
        .map(|(path, described)| {
            let range = range(&path);
            (path, (described, range))
        })
        .collect();
    assert_eq!(on_page, expected);
    assert!(PAGE.contains("DATELINE__KAFKA__SASL_PASSWORD"));
}

#[test]
fn no_message_shows_a_secret() {
    const CANARY: &str = "canary-7f3a";
    let files = [
        "[kafka]\nsasl_password = \"canary-7f3a\"\n",
        "[kafka]\nsasl_pasword = \"canary-7f3a\"\n",
        "[kafka]\npw = \"canary-7f3a\"\n",
        "[kafka]\npw = [\"canary-7f3a\"]\n",
        "[kafka]\npw = { a = \"canary-7f3a\" }\n",
        "[kafak]\nx = \"canary-7f3a\"\n",
        "[secrets]\npassword = \"canary-7f3a\"\n",
        "password = \"canary-7f3a\"\n",
        "kafka = { sasl_password = \"canary-7f3a\" }\n",
        "[kafka.librdkafka]\nsasl.password = \"canary-7f3a\"\n",
        "[kafka.librdkafka]\n\"ssl.key.pem\" = \"\"\"\ncanary-7f3a\n\"\"\"\n",
        "[kafka.librdkafka]\n\"consumer.sasl.oauthbearer.config\" = \"canary-7f3a\"\n",
        // No TOML: there are no spans to go by.
        "[kafka]\nsasl_password = \"canary-7f3a\n",
        "[kafka]\nsasl_password = canary-7f3a\n",
        "[kafka]\nsasl_password canary-7f3a\n",
        "[kafka]\nsasl_password: canary-7f3a\n",
        "[kafka]\nlibrdkafka = { \"linger.ms\" = 5, \"sasl.password\" = \"canary-7f3a\" \n",
        "[kafka.librdkafka]\n\"ssl.key.pem\" = \"\"\"\ncanary-7f3a\n",
    ];
    for file in files {
        let text = in_file(file);
        assert!(!text.contains(CANARY), "{text}");
    }
    let variables = [
        "DATELINE__KAFKA__LIBRDKAFKA__SSL_KEY_PASSWORD",
        "DATELINE__KAFKA__SASL_PASWORD",
        "DATELINE__KAFKA__sasl_password",
        "DATELINE__PASSWORD",
    ];
    for name in variables {
        let text = in_environment(name, CANARY);
        assert!(!text.contains(CANARY), "{text}");
    }
    let sets = [
        "kafka.sasl_password=canary-7f3a",
        "kafka.pasword=canary-7f3a",
        "kafka.librdkafka.ssl.key.password=canary-7f3a",
        "kafka.sasl_password canary-7f3a",
    ];
    for set in sets {
        let text = in_set(set);
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[test]
fn debug_of_mistakes_shows_no_secret() {
    let file = Some(("x", "[kafka]\nsasl_password = \"canary-7f3a\"\n"));
    let mistakes = load(&Source { file, environment: &[], sets: &[] }).unwrap_err();
    assert!(!format!("{mistakes:?}").contains("canary"));
}
