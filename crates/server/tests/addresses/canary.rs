//! The proof that nothing leaves to an address that is not public: a network of its own in which *every* address
//! leads to a canary that counts, and both ways to an endpoint: through the API, and past it into the database.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, params};

use crate::cases::{Case, cases};
use crate::name_server::{NameServer, Zone};
use crate::serve;
use crate::support::client::Client;
use crate::support::message::{Message, Unsized};
use crate::support::notice::{say, skipped};
use crate::support::patience::eventually;
use crate::support::platform::{candidate, ended_call};
use crate::support::program::Program;

/// Makes every address of both families one of this machine's own, then runs the test within.
const WORLD: &str = "ip link set lo up && ip route add local default dev lo && ip -6 route add local default dev lo \
                     && exec \"$@\"";
const INNER: &str = "canary::the_run_in_a_network_of_its_own";

#[test]
fn nothing_leaves_to_an_address_that_is_not_public() {
    let own = std::env::current_exe().unwrap();
    let unshare = |flags: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(flags).args(["sh", "-c", WORLD, "sh"]);
        command
    };
    let ways: [&[&str]; 2] = [&["--net"], &["--net", "--map-root-user"]];
    let works =
        |flags: &&&[&str]| unshare(flags).arg("true").output().is_ok_and(|output| output.status.success());
    let Some(flags) = ways.iter().find(works) else {
        return skipped("this machine lets nobody make a network namespace (it takes unshare and ip)");
    };
    let run = unshare(flags).arg(own).args(["--exact", INNER, "--ignored", "--nocapture"]).output().unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{printed}\n{}", String::from_utf8_lossy(&run.stderr));
    let summary = printed.lines().find(|line| line.starts_with("canaries: "));
    say(summary.unwrap_or_else(|| panic!("it did not run: {printed}")));
}

/// Ports on which something worth protecting listens, and where the web is served.
const PORTS: [u16; 8] = [22, 25, 80, 443, 2375, 6379, 8080, 8071];

/// Who was reached, by address, and how often.
#[derive(Clone, Default)]
struct Canaries(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

impl Canaries {
    /// Listens on all addresses.
    fn new() -> Self {
        let canaries = Self::default();
        for port in PORTS {
            let listener = TcpListener::bind(("::", port)).unwrap();
            let canaries = canaries.clone();
            std::thread::spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let reached = stream.local_addr().unwrap().ip().to_canonical();
                    *canaries.0.lock().unwrap().entry(reached).or_default() += 1;
                    std::thread::spawn(move || answer(stream));
                }
            });
        }
        canaries
    }

    fn reached(&self) -> BTreeSet<IpAddr> {
        self.0.lock().unwrap().keys().copied().collect()
    }

    /// They are there for every address: otherwise their silence would mean nothing.
    fn check_that_they_sing(&self) {
        for address in ["10.1.2.3", "127.0.0.1", "169.254.169.254", "8.8.8.8", "fd00::8", "::1", "4000::1"] {
            let address: IpAddr = address.parse().unwrap();
            for port in PORTS {
                let address = SocketAddr::new(address, port);
                TcpStream::connect_timeout(&address, Duration::from_secs(5))
                    .unwrap_or_else(|error| panic!("{address}: {error}"));
            }
            // All of them, so that none sings late and is taken for one that was called.
            let songs = || self.0.lock().unwrap().get(&address).copied();
            eventually("the canaries sing", || songs().filter(|songs| *songs == PORTS.len()));
        }
        self.0.lock().unwrap().clear();
    }
}

fn answer(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(_)) = Message::read(&mut stream, Unsized::Empty) {
        let _ = stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    }
}

/// An endpoint of a company of its own, and whether it may be called.
struct Endpoint {
    company: String,
    url: String,
    /// Where it may lead.
    control: Option<IpAddr>,
}

const HONEST: &str = "1.2.3.4";
const HONEST_NAME: &str = "honest.example.com";

#[test]
#[ignore = "it is run by the test above, in a network of its own"]
fn the_run_in_a_network_of_its_own() {
    if !is_alone() {
        return skipped("this is no network of its own");
    }
    let canaries = Canaries::new();
    canaries.check_that_they_sing();
    let name_server = NameServer::new(honest_zone(), addresses(&["127.0.0.1", "::1", "169.254.169.254"]));
    let servers = name_server.address.to_string();
    let arguments = ["--dns-server", &servers, "--retry-schedule", "none", "--request-timeout", "2s"];
    let data = tempfile::tempdir().unwrap();

    let (mut program, mut client) = serve(data.path(), &arguments);
    let key = program.stdout.wait("the admin key is").rsplit(' ').next().unwrap().to_owned();
    let mut registered: Vec<Endpoint> = through_the_api();
    registered.retain(|endpoint| register(&mut client, endpoint));
    let mut reachable = call(&mut client, &registered);
    program.signal("TERM");
    assert!(program.wait(Duration::from_secs(30)).success());

    let inserted = past_the_api();
    insert(data.path(), &inserted);
    let program = Program::serve(data.path(), &arguments);
    let mut client = program.client().with_key(&key);
    reachable.extend(call(&mut client, &inserted));

    assert_eq!(canaries.reached(), reachable, "exactly the public addresses were reached");
    println!(
        "\ncanaries: {} endpoints through the API and {} past it, 0 addresses reached that are not public, {} that are",
        registered.len(),
        inserted.len(),
        reachable.len()
    );
}

/// Whether there is no other interface than `lo`.
fn is_alone() -> bool {
    let interfaces = std::fs::read_to_string("/proc/net/dev").unwrap_or_default();
    interfaces.lines().skip(2).all(|line| line.trim_start().starts_with("lo:"))
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn honest_zone() -> Zone {
    Zone::from([(HONEST_NAME, addresses(&[HONEST]))])
}

fn honest() -> Endpoint {
    let control = Some(HONEST.parse().unwrap());
    Endpoint { company: "honest".to_owned(), url: format!("http://{HONEST_NAME}/"), control }
}

/// The address in a URL without userinfo.
fn literal(url: &str) -> Option<IpAddr> {
    let authority = url.split("://").nth(1)?.split(['/', '?', '#']).next()?;
    let host = authority.strip_suffix(":80").unwrap_or(authority);
    host.trim_matches(['[', ']']).parse().ok()
}

fn control(case: &Case, url: &str) -> Option<IpAddr> {
    (case.e2e == "connects").then(|| literal(url).unwrap())
}

fn through_the_api() -> Vec<Endpoint> {
    let endpoint =
        |case: Case| Endpoint { company: case.id.clone(), control: control(&case, &case.url), url: case.url };
    cases().into_iter().map(endpoint).chain([honest()]).collect()
}

/// Each case as it is written, and again as a browser's parser reads it, which is often the address itself.
fn past_the_api() -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    for case in cases() {
        for (how, url) in [("raw", Some(case.url.clone())), ("read", canonical(&case.whatwg_parse))] {
            let Some(url) = url else { continue };
            let control = match how {
                "raw" => control(&case, &url),
                // Some are harmless as a browser reads them.
                _ => (case.addr_layer == "allow").then(|| literal(&url).unwrap()),
            };
            endpoints.push(Endpoint { company: format!("{how}-{}", case.id), url, control });
        }
    }
    endpoints
}

/// The canonical URL of what a browser's parser read, which the cases write as scheme, bare host and port.
fn canonical(read: &str) -> Option<String> {
    let (scheme, authority) = read.split_once("://")?;
    let (host, port) = authority.rsplit_once(':')?;
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let is_default = matches!((scheme, port), ("http", "80") | ("https", "443"));
    let port = if is_default { String::new() } else { format!(":{port}") };
    Some(format!("{scheme}://{host}{port}/"))
}

/// Registers it; answers whether that was done.
fn register(client: &mut Client, endpoint: &Endpoint) -> bool {
    let webhook = serde_json::json!({
        "companyId": endpoint.company,
        "url": endpoint.url,
        "eventType": "candidate.created",
    });
    let status = client.post("/webhooks", &webhook).status;
    assert!(status == 200 || endpoint.control.is_none(), "{} was refused", endpoint.url);
    status == 200
}

/// Writes the rows that a registration would write, without its checks.
fn insert(data: &Path, endpoints: &[Endpoint]) {
    let mut connection = Connection::open(data.join("whimbrel.db")).unwrap();
    let transaction = connection.transaction().unwrap();
    for (id, endpoint) in (1_i64..).zip(endpoints) {
        let app = params![id, endpoint.company];
        let row = "INSERT INTO app (id, organization, kind, uid, name, updated_at, revision)
            VALUES (?1, 1, 0, ?2, ?2, 0, 1)";
        transaction.execute(row, app).unwrap();
        let row = "INSERT INTO endpoint (id, app, door, url, description, version, event_types, ordering, secret_kind,
                secret, updated_at, revision)
            VALUES (?1, ?1, 0, ?2, '', 1, '[\"candidate.created\"]', 0, 0, ?3, 0, 1)";
        transaction.execute(row, params![id, endpoint.url, [0_u8; 32]]).unwrap();
    }
    transaction.commit().unwrap();
}

/// Calls all of them and waits for the ends; answers the addresses that may have been reached.
fn call(client: &mut Client, endpoints: &[Endpoint]) -> BTreeSet<IpAddr> {
    for endpoint in endpoints {
        let answer = client.post("/candidates", &candidate(&endpoint.company));
        assert_eq!(answer.status, 200, "{}: {}", endpoint.url, answer.message.text());
    }
    for endpoint in endpoints {
        let call = ended_call(client, &endpoint.company);
        let expected = if endpoint.control.is_some() { "success" } else { "failed" };
        assert_eq!(call["status"], expected, "{}: {call}", endpoint.url);
    }
    endpoints.iter().filter_map(|endpoint| endpoint.control).collect()
}
