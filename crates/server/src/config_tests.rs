//! Tests of the settings: what wins, what is refused and with which words.

use super::*;

fn layer(toml: &str) -> Layer {
    file::parse("test.toml", toml).unwrap()
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn refused(mode: Mode, toml: &str, expected: &str) {
    let read = file::parse("test.toml", toml).and_then(|layer| Settings::of(mode, layer));
    let error = read.expect_err(toml).to_string();
    assert!(error.contains(expected), "{toml}: {error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

fn refused_variable(name: &str, value: &str, expected: &str) {
    let error = environment::read(variables(&[(name, value)])).expect_err(name).to_string();
    assert!(error.contains(name) && error.contains(expected), "{error}");
}

#[test]
fn without_settings_everything_is_at_its_default() {
    let settings = Settings::of(Mode::Serve, Layer::default()).unwrap();
    let expected = Settings {
        listen: "127.0.0.1:8071".parse().unwrap(),
        data: "./whimbrel-data".into(),
        retries: Retries::article(),
        endpoint_retries: Retries::standard(),
        request_timeout: Duration::from_secs(15),
        opened: Networks::default(),
        dns_servers: vec![],
        extra_roots_pem: None,
        shutdown_timeout: Duration::from_secs(20),
        failing_time: Duration::from_secs(5 * 24 * 3600),
        idempotency_time: Duration::from_secs(24 * 3600),
        public_url: None,
        jwt_secret: None,
        log: LevelFilter::INFO,
        receiver_listen: "127.0.0.1:8072".parse().unwrap(),
        rules: Rules::default(),
    };
    assert_eq!(settings, expected);
}

#[test]
fn flags_win_over_variables_over_the_file_over_defaults() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("whimbrel.toml");
    let file = "listen = \"127.0.0.1:1\"\ndata = \"file\"\nrequest_timeout = \"1s\"\nlog = \"warn\"\n";
    std::fs::write(&path, file).unwrap();
    let path_text = path.to_str().unwrap();
    let environment = [
        ("WHIMBREL_CONFIG", path_text),
        ("WHIMBREL_LISTEN", "127.0.0.1:2"),
        ("WHIMBREL_DATA", "environment"),
        ("WHIMBREL_DNS_SERVER", "127.0.0.1:53, 127.0.0.2:53"),
        ("PATH", "/bin"),
    ];
    let flags = Layer { listen: Some("127.0.0.1:3".parse().unwrap()), ..Layer::default() };
    let settings = read(Mode::Serve, None, flags, variables(&environment)).unwrap();
    assert_eq!(settings.listen.port(), 3, "flag");
    assert_eq!(settings.data, PathBuf::from("environment"), "variable");
    assert_eq!(settings.dns_servers.len(), 2, "variable");
    assert_eq!(settings.request_timeout, Duration::from_secs(1), "file");
    assert_eq!(settings.log, LevelFilter::WARN, "file");
    assert_eq!(settings.shutdown_timeout, Duration::from_secs(20), "default");
}

#[test]
fn the_file_knows_all_settings() {
    let toml = r#"
        listen = "127.0.0.1:0"
        data = "/var/lib/whimbrel"
        retry_schedule = ["1s", "5m"]
        endpoint_retry_schedule = ["2s"]
        request_timeout = "500ms"
        allow_network = ["10.0.0.0/8", "fd00::/8"]
        dns_server = ["9.9.9.9:53"]
        shutdown_timeout = "1m"
        endpoint_failing_time = "48h"
        idempotency_time = "1h"
        log = "debug"
        receiver_listen = "[::1]:0"
        dangerously_listen_without_tls = true
        auth.jwt_secret = "0123456789abcdef0123456789abcdef"

        [[rules]]
        change = "update"
        type = "order"
        fields = { state = "paid", count = 1 }
        event_type = "order.paid"
    "#;
    let settings = Settings::of(Mode::Serve, layer(toml)).unwrap();
    let minutes = [1, 300].map(Duration::from_secs).to_vec();
    assert_eq!(settings.retries, Retries::new(minutes, 0.0).unwrap());
    assert_eq!(settings.endpoint_retries, Retries::new(vec![Duration::from_secs(2)], 0.0).unwrap());
    assert_eq!(settings.opened, "10.0.0.0/8,fd00::/8".parse().unwrap());
    assert_eq!(settings.rules.len(), 1);
    assert_eq!(settings.failing_time, Duration::from_secs(48 * 3600));
    assert_eq!(settings.idempotency_time, Duration::from_secs(3600));
    assert!(settings.jwt_secret.is_some() && !format!("{settings:?}").contains("0123456789"));
}

#[test]
fn what_is_wrong_in_the_file_is_named_with_its_line() {
    let serve = |toml, expected| refused(Mode::Serve, toml, expected);
    serve("\nlistn = \"127.0.0.1:1\"", "test.toml, line 2: unknown field `listn`, expected one of");
    serve("data = \"a\"\n[[rules]]\nchange = \"drop\"", "test.toml, line 3: unknown variant `drop`");
    serve("[[rules]]\nchange = \"insert\"\ntype = \"a b\"\nevent_type = \"x\"", "line 3: must have 1 to 256");
    serve("[[rules]]\nwhen = 1", "line 2: unknown field `when`");
    serve("data = \"a\"\n\nrequest_timeout = 5", "line 3: invalid type");
    serve("request_timeout = \"5 apples\"", "line 1: \"5 apples\" is not a duration");
    serve("retry_schedule = [\"1s\", \"25h\"]", "line 1: a delay is at most 24 hours");
    serve("allow_network = [\"10.0.0\"]", "line 1: \"10.0.0\" is not a network");
    serve("log = \"loud\"", "line 1: ");
    serve("data = ", "line 1: ");
    refused(Mode::Dev, "receiver_listen = \"127.0.0.1\"", "line 1: ");
}

#[test]
fn what_is_wrong_in_a_variable_is_named() {
    refused_variable("WHIMBREL_LISTN", "127.0.0.1:1", "there is no such setting");
    refused_variable("WHIMBREL_LISTEN", "everywhere", "invalid socket address");
    refused_variable("WHIMBREL_REQUEST_TIMEOUT", "1", "is not a duration");
    refused_variable("WHIMBREL_RETRY_SCHEDULE", "1s,x", "\"x\" is not a duration");
    refused_variable("WHIMBREL_DANGEROUSLY_LISTEN_WITHOUT_TLS", "maybe", "");
    let foreign = [("WHIMBREL_SERVICE_HOST", "10.0.0.1"), ("WHIMBREL_PORT_8071_TCP", "tcp://10.0.0.1:8071")];
    assert_eq!(environment::read(variables(&foreign)), Ok(environment::Environment::default()));
}

#[test]
fn values_out_of_bounds_are_refused() {
    refused(Mode::Serve, "request_timeout = \"0s\"", "request_timeout: must be from 1ms to 120s");
    refused(Mode::Serve, "request_timeout = \"121s\"", "request_timeout: must be from 1ms to 120s");
    refused(Mode::Serve, "shutdown_timeout = \"11m\"", "shutdown_timeout: must be at most 10m");
    refused(Mode::Serve, "endpoint_failing_time = \"8761h\"", "must be at most 8760h");
    refused(Mode::Serve, "idempotency_time = \"721h\"", "must be at most 720h");
    refused(Mode::Serve, "public_url = \"hooks.example.com\"", "must be an http or https URL");
    refused(Mode::Serve, "auth.jwt_secret = \"short\"", "must have at least 32 bytes");
    refused(Mode::Serve, "auth.jwt = \"short\"", "unknown field `jwt`");
    refused(Mode::Serve, "extra_roots = \"/nowhere/roots.pem\"", "extra_roots, /nowhere/roots.pem: ");
    let rule = "[[rules]]\nchange = \"insert\"\ntype = \"a\"\nevent_type = \"b\"\n";
    refused(Mode::Serve, &rule.repeat(257), "rules: there may be at most 256 rules");
}

#[test]
fn dev_stays_on_this_machine_and_opens_it() {
    for address in ["0.0.0.0:0", "[::]:0", "192.168.1.7:80", "[::ffff:10.0.0.1]:80"] {
        refused(Mode::Dev, &format!("listen = \"{address}\""), "listens on loopback addresses only");
        refused(Mode::Dev, &format!("receiver_listen = \"{address}\""), "listens on loopback addresses only");
        let exposed = format!("listen = \"{address}\"\ndangerously_listen_without_tls = true");
        refused(Mode::Dev, &exposed, "listens on loopback addresses only");
    }
    let settings = Settings::of(Mode::Dev, layer("allow_network = [\"10.0.0.0/8\"]")).unwrap();
    assert_eq!(settings.opened, "127.0.0.0/8,::1,10.0.0.0/8".parse().unwrap());
}

#[test]
fn serve_leaves_this_machine_only_when_told_so() {
    refused(Mode::Serve, "listen = \"0.0.0.0:8071\"", "set dangerously_listen_without_tls");
    let exposed = "listen = \"0.0.0.0:8071\"\ndangerously_listen_without_tls = true";
    assert_eq!(Settings::of(Mode::Serve, layer(exposed)).unwrap().listen.to_string(), "0.0.0.0:8071");
}
