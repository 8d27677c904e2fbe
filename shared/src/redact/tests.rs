//! What is found and what stays, as people, programs and providers write it.

use expect_test::{Expect, expect};
use serde_json::json;

use super::*;
use crate::id::LogId;
use crate::moment::Moment;

/// Redacts each line by itself.
fn check(lines: &str, expected: Expect) {
    let redaction = Redaction::default();
    let marked: Vec<_> = lines.lines().map(|line| redaction.text(line.trim())).collect();
    expected.assert_eq(&marked.join("\n"));
}

/// Sees that each line stays as it is.
fn stays(lines: &str) {
    let redaction = Redaction::default();
    let changed: Vec<_> = lines
        .lines()
        .map(str::trim)
        .filter(|line| redaction.text(line) != *line)
        .map(|line| (line, redaction.text(line)))
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn keys_become_marks() {
    check(
        "my key is sk-abcdefghijklmnopqrstuvwxyzABCDEF0123, keep it
        OPENAI_API_KEY=sk-proj-Ab3_dEf-GhIjKlMnOpQrStUvWxYz
        {\"x-api-key\": \"sk-ant-api03-AAAAAAAA-bbbb\"}
        AIzaSyA1234567890abcdefghijklmnopqrstuv
        gsk_abcdefghijklmnopqrst0123456789 ghp_abcdefghijklmnopqrstuvwxyz0123456789
        github_pat_11ABCDEFG0abcdefghijkl_mnop
        AKIAIOSFODNN7EXAMPLE.
        xoxb-123456789012-abcdefghijkl
        asy_0123456789abcdefghijklmnop
        hf_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh
        Incorrect API key provided: sk-stored-key-0001. You can find your API key in your account.
        Incorrect API key provided: secret-one. Look it up.
        postgres://shop:hunter2@db.example.com/orders
        in JSON in a text: \\nsk-abcdefghijklmnop1234\\n and \\n_sk-abcdefghijklmnop1234_
        _sk-proj-Ab3dEfGhIjKlMnOpQrStUvWxYz012345_ __ghp_abcdefghijklmnopqrstuvwxyz0123456789__
        -AKIAIOSFODNN7EXAMPLE **_AKIAIOSFODNN7EXAMPLE_** --hf_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh",
        expect![[r#"
            my key is [key], keep it
            OPENAI_API_KEY=[key]
            {"x-api-key": "[key]"}
            [key]
            [key] [key]
            [key]
            [key].
            [key]
            [key]
            [key]
            Incorrect API key provided: [key]. You can find your API key in your account.
            Incorrect API key provided: [key]. Look it up.
            postgres://shop:[key]@db.example.com/orders
            in JSON in a text: \n[key]\n and \n_[key]
            _[key] __[key]__
            -[key] **_[key]_** --[key]"#]],
    );
}

#[test]
fn private_keys_go_with_their_block() {
    let block =
        "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1\nabc+/=\n-----END RSA PRIVATE KEY-----\nb";
    let redaction = Redaction::default();
    assert_eq!(redaction.text(block), "a\n[key]\nb");
    let in_json = json!({"pem": block}).to_string();
    assert_eq!(redaction.text(&in_json), r#"{"pem":"a\n[key]\nb"}"#);
    let cut = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj and so on";
    assert_eq!(redaction.text(cut), "[key] and so on");
    assert_eq!(redaction.text("-----BEGIN CERTIFICATE-----\nMII"), "-----BEGIN CERTIFICATE-----\nMII");
}

#[test]
fn tokens_become_marks() {
    check(
        "Authorization: Bearer abcdef0123456789ABCDEF
        curl -H 'authorization: bearer a1.b2-c3_d4~e5+f6/g7=='
        eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U.
        cut: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0",
        expect![[r#"
            Authorization: Bearer [token]
            curl -H 'authorization: bearer [token]'
            [token].
            cut: [token]"#]],
    );
}

#[test]
fn addresses_become_marks() {
    check(
        "write to jane.doe+shop@mail.example.co.uk.
        <Jörg.Müller@büro.de>, 'o'brien@example.com'
        联系我foo@bar.com谢谢 mailto:a@b.io?subject=x
        {\"arguments\": \"{\\\"to\\\":\\\"\\nnina@example.com\\\"}\"}
        a@b.co,c@d.co;e@f.co",
        expect![[r#"
            write to [email].
            <[email]>, '[email]'
            联系我[email]谢谢 mailto:[email]?subject=x
            {"arguments": "{\"to\":\"\n[email]\"}"}
            [email],[email];[email]"#]],
    );
}

#[test]
fn telephones_become_marks() {
    check(
        "+49 30 1234567, +1 (415) 555-0132; +44 20 7946 0958
        +33 6 12 34 56 78 and +4915112345678.
        call (415) 555-0132 or 415-555-0132 or 1-415-555-0132 or 415.555.0132
        030 1234567 / 0176-12345678 / 020 7946 0958 / (030) 123 45 67
        06 12 34 56 78 or 06.12.34.56.78
        tel:+493012345678,next",
        expect![[r#"
            [phone], [phone]; [phone]
            [phone] and [phone].
            call [phone] or [phone] or [phone] or [phone]
            [phone] / [phone] / [phone] / [phone]
            [phone] or [phone]
            tel:[phone],next"#]],
    );
}

#[test]
fn cards_and_accounts_become_marks() {
    check(
        "4111111111111111, 4111 1111 1111 1111 12/27, 5500-0000-0000-0004
        amex 3782 822463 10005 and 378282246310005.
        jane,4111111111111111,12
        DE89370400440532013000 and DE89 3704 0044 0532 0130 00, GB82 WEST 1234 5698 7654 32.",
        expect![[r#"
            [card], [card] 12/27, [card]
            amex [card] and [card].
            jane,[card],12
            [iban] and [iban], [iban]."#]],
    );
}

#[test]
fn ordinary_numbers_stay() {
    stays(
        "2024-05-17, 17.05.2024, 05/17/2024 10:30, 2024-05-17T10:30:00.000Z, 01-02-2024 12 30
        order 1234567890, order #302-555-0123, 112-1234567-1234567, 026-1234567-1234567, invoice 2024/000123
        1.2.3, v10.4.20-rc.1, 192.168.1.100, 10.0.0.1:8080, 255.255.255.0
        550e8400-e29b-41d4-a716-446655440000 018f3a5c-7b2e-7c4d-9e1f-415555013200
        1716000000, 1716000000000, 1716000000000000000, 1234567812345678, 4111111111111112
        1,000,000.50 +10 000 000 +1.5 +123456.789012 3.14159265358979 $415-555-0132 -0.123456789012
        01 02 03 04 05 and 0800 1200 1600
        ISBN 978-3-16-148410-0, 100-200-3000, 12 345 678 901, 200 300 4000 555 666 7777
        x = 4111111111111111111111, 0x4111111111111111, 4111111111111111.5, a4111111111111111
        DE89370400440532013001 DE12 is no account; EN10025, ES2015, IE11
        lr 0.0003, 768-3072, 12-768-3072, 50% of 0176 12345678%",
    );
}

#[test]
fn ordinary_words_stay() {
    stays(
        "sk-learn, sk-fading-circle12, sk-SK, risk-averse1234567, task-1234567890 sk-, disk-0123456789
        model gpt-4o-mini-2024-07-18, claude-3-5-sonnet-20241022, ft:gpt-4o:acme::9abcDEF0 text-embedding-3-small
        chatcmpl-9XyZabcDEF0123456789abcdef call_abcDEF0123456789abcdefgh fp_44709d6fcb req_011CSHoEeqs5C35K2UUqR7Fy
        the bearer of bad news, Bearer authentication-is-required, bearer: none
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        npm install foo@1.2.3 @types/node@20.1.0 @app.route('/x') a@b.T icon@2x.png git@github.com:owner/repo.git
        getty@tty1.service see https://medium.com/@user/post, @everyone, meet @ 5, me@localhost
        https://example.com:8080/a?b=c#d postgres://user@host/db http://${USER}:${PASSWORD}@host/
        hf_transformers_model npm_config_registry AKIA AIza xoxb- asy_ ghp_ eyJ eyJhbGciOiJIUzI1NiJ9 [email] [key]
        let x = a + b; // C++ 2011: i++ +1 (2) x[0] f(415) g(1)(2) 1-(415)
        key provided: yes. Which key? Keys: a, b; the API key provided by you",
    );
}

#[test]
fn embedded_files_stay() {
    let data = "AKIAIOSFODNN7EXAMPLE/+4930123456789/4111111111111111+sk".repeat(10);
    stays(&format!("data:image/png;base64,{data}"));
    let base64 =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    stays(&base64.repeat(100));
}

#[test]
fn what_only_stands_before_an_embedded_file_is_seen() {
    let frame =
        r#"data: {"key":"AKIAIOSFODNN7EXAMPLE","to":"a@b.co","image":"data:image/png;base64,iVBORw0KGgo="}"#;
    let marked = Redaction::default().text(frame).into_owned();
    expect![[r#"data: {"key":"[key]","to":"[email]","image":"data:image/png;base64,iVBORw0KGgo="}"#]]
        .assert_eq(&marked);
}

#[test]
fn a_body_stays_json_with_its_names() {
    let body = json!({
        "id": "a@b.co", "model": "me@example.com", "messages": [{"role": "user", "content": [{"type": "text", "text": "I am a@b.co"}]}],
        "tools": [{"function": {"arguments": "{\"to\": \"a@b.co\", \"card\": 4111111111111111}"}}],
        "metadata": {"a@b.co": 1, "c@d.co": 2, "n": 4111111111111111u64},
    });
    let marked = Redaction::default().body(body);
    expect![[r#"{"id":"a@b.co","model":"me@example.com","messages":[{"role":"user","content":[{"type":"text","text":"I am [email]"}]}],"tools":[{"function":{"arguments":"{\"to\": \"[email]\", \"card\": [card]}"}}],"metadata":{"[email]":1,"[email] 2":2,"n":4111111111111111}}"#]]
        .assert_eq(&marked.to_string());
}

#[test]
fn names_lose_keys_and_keep_their_digits() {
    let marked = |body: Value| Redaction::default().body(body).to_string();
    let key = "sk-proj-Ab3dEfGhIjKlMnOpQrStUvWxYz012345";
    expect![[r#"{"model":"[key]","id":"ft:415-555-0132","object":"Bearer [token]","user":"[key]"}"#]].assert_eq(
        &marked(json!({"model": key, "id": "ft:415-555-0132", "object": "Bearer abcdef0123456789ABCDEF", "user": key})),
    );
    // What is no name of a thing is as any other value.
    expect![[r#"{"model":["[key]"],"id":{"[email]":"[key]"}}"#]]
        .assert_eq(&marked(json!({"model": [key], "id": {"a@b.co": key}})));
    let kinds = Kinds::from([Kind::Email]);
    let without_keys = Redaction { kinds, ..Redaction::default() };
    assert_eq!(without_keys.body(json!({"model": key})), json!({"model": key}));
}

#[test]
fn labels_are_redacted_but_for_who_the_user_is() {
    let labels = Labels {
        feature: Some("a@b.co".to_owned()),
        user: Some("a@b.co sk-abcdef123456".to_owned()),
        session: Some("+4930123456789".to_owned()),
        tags: [("a@b.co".to_owned(), "c@d.co".to_owned())].into(),
    };
    let exchange = Exchange {
        at: Moment::from_millis(0),
        provider: None,
        request: json!({"model": "m", "messages": [{"role": "user", "content": "I am a@b.co"}]}),
        response: json!({"choices": [{"message": {"content": "Hello a@b.co"}, "finish_reason": "stop"}]}),
        status: None,
        outcome: None,
        streamed: false,
        complete: true,
        latency_ms: None,
        ttft_ms: None,
        cost_usd: None,
        labels,
    };
    let log = crate::log::describe(LogId::make(exchange.at, &[0; 10]), &exchange).expect("a log");
    let (request, response) = (exchange.request.clone(), exchange.response.clone());
    let record = Record { key: crate::canonical::key(&1), log, request, response };
    let shown = |feature: &Option<String>, user: &Option<String>, session: &Option<String>, tags| {
        format!("{feature:?} {user:?} {session:?} {tags:?}")
    };
    let expected =
        expect![[r#"Some("[email]") Some("a@b.co [key]") Some("[phone]") {"[email]": "[email]"}"#]];
    let Exchange { labels, request, .. } = Redaction::default().exchange(exchange);
    expected.assert_eq(&shown(&labels.feature, &labels.user, &labels.session, &labels.tags));
    let Record { log, request: same, .. } = Redaction::default().record(record);
    expected.assert_eq(&shown(&log.feature, &log.user, &log.session, &log.tags));
    assert_eq!(request, same);
    expect!["I am [email] | Hello [email]"]
        .assert_eq(&format!("{} | {}", log.request_preview, log.response_preview));
}

fn read(redaction: Value) -> String {
    serde_json::from_value::<Redaction>(redaction).map_or_else(
        |error| error.to_string(),
        |redaction| redaction.text("ACME-17, a@b.co, +4930123456789").into_owned(),
    )
}

#[test]
fn a_team_chooses_kinds_and_adds_patterns() {
    expect!["ACME-17, [email], [phone]"].assert_eq(&read(json!({})));
    expect!["ACME-17, [email], +4930123456789"].assert_eq(&read(json!({"kinds": ["email"]})));
    expect!["[case], [email], [phone]"]
        .assert_eq(&read(json!({"patterns": [{"name": "case", "pattern": r"ACME-\d+"}]})));
    expect!["ACME-17, a@b.co, +4930123456789"]
        .assert_eq(&read(json!({"enabled": false, "patterns": [{"name": "case", "pattern": r"ACME-\d+"}]})));
}

#[test]
fn patterns_that_cannot_work_are_refused() {
    let one = |name: &str, pattern: &str| read(json!({"patterns": [{"name": name, "pattern": pattern}]}));
    expect![
        "the pattern fits the empty text, and so everywhere; write one that needs at least one character"
    ]
    .assert_eq(&one("x", "a*"));
    expect!["the pattern does not work: found open group without closing ')'; look-around and references back do not exist here"].assert_eq(&one("x", "("));
    expect!["a pattern has at most 200 bytes here, not 201"].assert_eq(&one("x", &"a".repeat(201)));
    expect![[
        r#""Order" is no name of a pattern; it must be 1 to 32 of a-z, 0-9, - and _, such as order-number"#
    ]]
    .assert_eq(&one("Order", "a"));
    let many: Vec<_> = (0..17).map(|n| json!({"name": format!("n{n}"), "pattern": "a"})).collect();
    expect!["there may be at most 16 patterns, not 17"].assert_eq(&read(json!({"patterns": many})));
    let twice = json!([{"name": "n", "pattern": "a"}, {"name": "n", "pattern": "b"}]);
    expect![[r#"two patterns are named "n"; give each a name of its own"#]]
        .assert_eq(&read(json!({"patterns": twice})));
}

#[test]
fn what_is_redacted_stays_redacted() {
    let once =
        Redaction::default().text("a@b.co sk-abcdef123456 +4930123456789 4111111111111111").into_owned();
    assert_eq!(Redaction::default().text(&once), once);
}

/// Texts that are made to take long: each would take minutes if anything were looked at again and again.
#[test]
fn no_text_takes_long() {
    for piece in [
        "@",
        "a@",
        "a@b.",
        "sk-",
        "sk-a-",
        "eyJaaaaaaaaaa.",
        "bearer ",
        "bearer/",
        "bearer bearer/",
        "://",
        "://a:",
        "key provided:",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\"",
        "-----END ",
        "1 ",
        "+1",
        "(",
        "0176 1234 ",
        "4111 1111 1111 ",
        "data:",
        "data:;base64,",
        "DE89 3704 ",
        "\\n",
        "é@é.",
        "'",
        "a.",
        "-",
    ] {
        let text = piece.repeat(200_000 / piece.len()) + "-----END PRIVATE KEY-----";
        let marked = Redaction::default().text(&text).len();
        assert!(marked > 0);
    }
}

#[test]
fn a_known_secret_is_taken_out_of_every_text_and_name() {
    let mut value = json!({"n": 7, "aseven": [null, "a seven b", {"x seven": true}], "other": "Seven"});
    hush_all(&mut value, "");
    assert_eq!(value["aseven"][1], "a seven b");
    hush_all(&mut value, "seven");
    expect![[r#"{"n":7,"a[key]":[null,"a [key] b",{"x [key]":true}],"other":"Seven"}"#]]
        .assert_eq(&value.to_string());
}
