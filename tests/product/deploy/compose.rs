//! `docker-compose.yml` against the files it mounts, the settings of the worker, and its own services.

use std::path::Path;

use dateline::settings::Settings;
use serde_json::{Map, Value, json};

use super::files::{
    Offences, Python, assert_found, planted, refused, repository, seconds, settings, settings_file,
    stop_secs, strings, text, unpinned,
};

const COMPOSE: &str = "docker-compose.yml";

/// The image that writes its own configuration when it starts.
const WRITABLE: [&str; 1] = ["kafka"];

/// Compose and the files that name its services and paths.
#[derive(Clone)]
struct Stack {
    compose: Value,
    prometheus: Value,
    datasources: Value,
    providers: Value,
}

/// One service.
#[derive(Clone, Copy)]
struct Service<'a> {
    name: &'a str,
    value: &'a Value,
}

/// `source:target:mode` of a mount.
struct Mount<'a> {
    source: &'a str,
    target: &'a str,
    is_read_only: bool,
}

impl<'a> Service<'a> {
    fn environment(self) -> Vec<(String, String)> {
        let pairs = self.value["environment"].as_object().into_iter().flatten();
        pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap_or("").to_owned())).collect()
    }

    fn variable(self, name: &str) -> &'a str {
        self.value["environment"][name].as_str().unwrap_or("")
    }

    fn mounts(self) -> Vec<Mount<'a>> {
        let mount = |text: &'a str| {
            let mut parts = text.split(':');
            let (source, target) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            Mount { source, target, is_read_only: parts.next() == Some("ro") }
        };
        strings(&self.value["volumes"]).into_iter().map(mount).collect()
    }

    /// The file of the repository that this path of the container shows.
    fn mounted(self, path: &str) -> Option<String> {
        self.mounts().iter().find_map(|mount| {
            let below = path.strip_prefix(mount.target)?;
            (below.is_empty() || below.starts_with('/'))
                .then(|| format!("{}{below}", mount.source.trim_start_matches("./")))
        })
    }

    /// What it runs of dateline, with the settings that it then has.
    fn settings(self) -> Result<Settings, String> {
        let arguments = strings(&self.value["command"]);
        let path = settings_file(&arguments).ok_or("no settings file on the command line")?;
        let source = self.mounted(path).ok_or_else(|| format!("{path} is not mounted"))?;
        let file = std::fs::read_to_string(repository(&source)).map_err(|e| e.to_string())?;
        settings(&source, &file, &self.environment())
    }

    fn is_dateline(self) -> bool {
        self.value["image"].as_str().is_some_and(|image| image.starts_with("dateline:"))
    }

    /// Ports that it listens on at all addresses, by its configuration.
    fn listens(self) -> Vec<String> {
        let everywhere = |address: &str| address.strip_prefix("0.0.0.0:").map(str::to_owned);
        let mut ports: Vec<String> = Vec::new();
        for listener in self.variable("KAFKA_LISTENERS").split(',') {
            ports.extend(listener.split_once("://").and_then(|(_, address)| everywhere(address)));
        }
        for argument in strings(&self.value["command"]) {
            ports.extend(argument.strip_prefix("--web.listen-address=").and_then(everywhere));
        }
        if self.variable("GF_SERVER_HTTP_ADDR") == "0.0.0.0" {
            ports.push(self.variable("GF_SERVER_HTTP_PORT").to_owned());
        }
        if self.is_dateline()
            && let Ok(settings) = self.settings()
        {
            ports.extend(settings.http.listen.and_then(|address| everywhere(&address.to_string())));
        }
        ports
    }
}

impl Stack {
    fn read(python: &Python) -> Self {
        Stack {
            compose: python.document(COMPOSE),
            prometheus: python.document("deploy/prometheus/prometheus.yml"),
            datasources: python.document("deploy/grafana/provisioning/datasources/prometheus.yml"),
            providers: python.document("deploy/grafana/provisioning/dashboards/dateline.yml"),
        }
    }

    fn services(&self) -> impl Iterator<Item = Service<'_>> {
        let services = self.compose["services"].as_object().unwrap();
        services.iter().map(|(name, value)| Service { name, value })
    }

    fn service(&self, name: &str) -> Service<'_> {
        self.services().find(|service| service.name == name).unwrap()
    }

    /// Whether a service answers at `host:port`.
    fn answers(&self, address: &str) -> bool {
        address.split_once(':').is_some_and(|(host, port)| {
            self.services().any(|service| {
                service.name == host && service.listens().iter().any(|own| own == port)
            })
        })
    }
}

fn offences(stack: &Stack) -> Offences {
    let mut found = Offences::new();
    for service in stack.services() {
        let named = |what: String| format!("{}: {what}", service.name);
        found.extend(unpinned(service.value["image"].as_str().unwrap_or("")).map(named));
        found.extend(mounts(stack, service).into_iter().map(named));
        found.extend(ports(service).into_iter().map(named));
        found.extend(rights(service).into_iter().map(named));
        if service.is_dateline() {
            found.extend(program(stack, service).into_iter().map(named));
        }
    }
    found.extend(topics(stack));
    found.extend(broker(stack));
    found.extend(order(stack));
    found.extend(monitoring(stack));
    found
}

fn mounts(stack: &Stack, service: Service<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for Mount { source, target, is_read_only } in service.mounts() {
        if !source.starts_with("./") {
            if stack.compose["volumes"].get(source).is_none() {
                found.push(format!("the volume {source} is not declared"));
            }
        } else if !repository(source).exists() {
            found.push(format!("the mounted {source} does not exist"));
        } else if !is_read_only {
            found.push(format!("{target} is mounted writable"));
        }
    }
    for file in ["context", "dockerfile"] {
        found.extend(
            service.value["build"][file]
                .as_str()
                .filter(|path| !repository(path).exists())
                .map(|path| format!("the {file} {path} does not exist")),
        );
    }
    found
}

fn ports(service: Service<'_>) -> Vec<String> {
    let listens = service.listens();
    let offence = |port: &str| match port.split(':').collect::<Vec<_>>()[..] {
        ["127.0.0.1", _, inside] if listens.iter().any(|own| own == inside) => None,
        ["127.0.0.1", _, inside] => Some(format!("nothing listens on the published port {inside}")),
        _ => Some(format!("the port {port} is not published on 127.0.0.1 alone")),
    };
    strings(&service.value["ports"]).into_iter().filter_map(offence).collect()
}

fn rights(service: Service<'_>) -> Vec<String> {
    let value = service.value;
    let mut found = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("not {what}"));
        }
    };
    demand(value["cap_drop"] == json!(["ALL"]), "without capabilities");
    demand(value["security_opt"] == json!(["no-new-privileges:true"]), "kept from new privileges");
    demand(
        value["read_only"] == json!(true) || WRITABLE.contains(&service.name),
        "on a read-only file system",
    );
    demand(value["mem_limit"].is_string(), "limited in memory");
    let user = value["user"].as_str().unwrap_or("image");
    demand(user != "root" && !user.starts_with("0"), "a user without rights");
    demand(value.get("privileged").is_none(), "unprivileged");
    found
}

fn program(stack: &Stack, service: Service<'_>) -> Vec<String> {
    let mut found: Vec<String> = refused(&strings(&service.value["command"])).into_iter().collect();
    let settings = match service.settings() {
        Ok(settings) => settings,
        Err(mistakes) => return vec![format!("settings: {mistakes}")],
    };
    if !stack.answers(&settings.kafka.brokers) {
        found.push(format!("no broker answers at {}", settings.kafka.brokers));
    }
    let grace = service.value["stop_grace_period"].as_str().and_then(seconds).unwrap_or(0);
    // The feeder has no transaction and works on nothing: it only waits for what was sent.
    let needed = if service.name == "worker" { stop_secs(&settings) } else { 30 };
    if grace < needed {
        found.push(format!("stop_grace_period is below {needed} seconds"));
    }
    let run_dir = &settings.kafka.run_dir;
    let is_writable = |tmpfs: &&str| tmpfs.split(':').next() == Some(run_dir.as_str());
    if service.name == "worker" && !strings(&service.value["tmpfs"]).iter().any(is_writable) {
        found.push(format!("kafka.run_dir is {run_dir}, which is not writable"));
    }
    found
}

fn topics(stack: &Stack) -> Option<String> {
    let Settings { kafka, .. } = stack.service("worker").settings().ok()?;
    let mut used = vec![kafka.input_topic, kafka.events_topic, kafka.dead_topic];
    used.extend(kafka.articles_topic);
    used.sort();
    let mut made: Vec<&str> = stack.service("topics").variable("TOPICS").split(' ').collect();
    made.sort_unstable();
    (made != used).then(|| format!("topics: {made:?} are created, {used:?} are used"))
}

fn broker(stack: &Stack) -> Vec<String> {
    let kafka = stack.service("kafka");
    let mut found = Vec::new();
    for listener in kafka.variable("KAFKA_ADVERTISED_LISTENERS").split(',') {
        let (name, address) = listener.split_once("://").unwrap();
        let is_reached = match address.split_once(':').unwrap() {
            ("127.0.0.1", port) => {
                let published = format!("127.0.0.1:{port}:{port}");
                strings(&kafka.value["ports"]).contains(&published.as_str())
            }
            _ => stack.answers(address),
        };
        let port = address.rsplit(':').next().unwrap();
        let own = format!("{name}://0.0.0.0:{port}");
        if !is_reached || !kafka.variable("KAFKA_LISTENERS").split(',').any(|it| it == own) {
            found.push(format!("kafka: clients that are sent to {listener} reach nobody"));
        }
    }
    if !stack.answers(stack.service("topics").variable("BROKERS")) {
        found.push("topics: no broker answers at BROKERS".to_owned());
    }
    found
}

fn order(stack: &Stack) -> Vec<String> {
    let waits = [
        ("topics", "kafka", "service_healthy"),
        ("worker", "topics", "service_completed_successfully"),
        ("feeder", "topics", "service_completed_successfully"),
    ];
    let mut found = Vec::new();
    for (service, other, condition) in waits {
        if stack.service(service).value["depends_on"][other]["condition"] != condition {
            found.push(format!("{service} does not wait for {other}"));
        }
    }
    for service in stack.services() {
        let others = service.value["depends_on"].as_object();
        for (other, wait) in others.into_iter().flatten() {
            let is_checked = stack.compose["services"][other].get("healthcheck").is_some();
            if wait["condition"] == "service_healthy" && !is_checked {
                found.push(format!("{}: {other} has no health check", service.name));
            }
        }
    }
    found
}

fn monitoring(stack: &Stack) -> Vec<String> {
    let mut found = Vec::new();
    let (prometheus, grafana) = (stack.service("prometheus"), stack.service("grafana"));
    let jobs = stack.prometheus["scrape_configs"].as_array().unwrap();
    let configs = jobs.iter().filter_map(|job| job["static_configs"].as_array()).flatten();
    let targets: Vec<&str> = configs.flat_map(|config| strings(&config["targets"])).collect();
    if !targets.iter().any(|target| target.starts_with("worker:")) {
        found.push("prometheus: the worker is not scraped".to_owned());
    }
    for target in targets {
        if !stack.answers(target) {
            found.push(format!("prometheus: nothing answers at the target {target}"));
        }
    }
    for source in stack.datasources["datasources"].as_array().unwrap() {
        let address = source["url"].as_str().unwrap_or("").trim_start_matches("http://");
        if !stack.answers(address) {
            found.push(format!("grafana: nothing answers at the data source {address}"));
        }
    }
    let config = "--config.file=";
    let arguments = strings(&prometheus.value["command"]);
    let mut paths: Vec<(Service<'_>, String)> = arguments
        .iter()
        .filter_map(|argument| Some((prometheus, argument.strip_prefix(config)?.to_owned())))
        .collect();
    for rules in strings(&stack.prometheus["rule_files"]) {
        paths.push((prometheus, format!("/etc/prometheus/{}", rules.trim_end_matches("/*.yml"))));
    }
    let home = grafana.variable("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH");
    paths.push((grafana, home.to_owned()));
    for provider in stack.providers["providers"].as_array().unwrap() {
        paths.push((grafana, provider["options"]["path"].as_str().unwrap_or("").to_owned()));
    }
    for (service, path) in paths {
        if !service.mounted(&path).is_some_and(|source| repository(&source).exists()) {
            found.push(format!("{}: {path} shows no file of the repository", service.name));
        }
    }
    found.extend(access(grafana));
    found
}

/// Nobody is more than a viewer, and there is no password that could be guessed.
fn access(grafana: Service<'_>) -> Option<String> {
    let wanted = [
        ("GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer"),
        ("GF_AUTH_BASIC_ENABLED", "false"),
        ("GF_AUTH_DISABLE_LOGIN_FORM", "true"),
        ("GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "true"),
    ];
    let (name, value) = wanted.iter().find(|(name, value)| grafana.variable(name) != *value)?;
    Some(format!("grafana: {name} is not {value}"))
}

fn of<'a>(stack: &'a mut Stack, name: &str) -> &'a mut Map<String, Value> {
    stack.compose["services"][name].as_object_mut().unwrap()
}

fn set(stack: &mut Stack, name: &str, variable: &str, value: &str) {
    let environment = of(stack, name).entry("environment").or_insert_with(|| json!({}));
    environment[variable] = json!(value);
}

#[test]
fn compose_fits_what_it_names() {
    let Some(python) = Python::find("docker-compose.yml against what it names") else { return };
    let publish = |stack: &mut Stack, port: &str| {
        of(stack, "worker").insert("ports".to_owned(), json!([port]));
    };
    let mount = |stack: &mut Stack, volume: &str| {
        of(stack, "worker").insert("volumes".to_owned(), json!([volume]));
    };
    let sound = Stack::read(&python);
    assert_found(
        &sound,
        offences,
        &[
            ("has no version", &|s| of(s, "kafka")["image"] = json!("apache/kafka:latest")),
            ("is not of this version", &|s| of(s, "worker")["image"] = json!("dateline:9.9.9")),
            ("does not exist", &|s| mount(s, "./deploy/compose/absent.toml:/etc/x:ro")),
            ("is not declared", &|s| mount(s, "absent:/etc/x")),
            ("writable", &|s| mount(s, "./deploy/compose:/etc/dateline")),
            ("dockerfile", &|s| of(s, "worker")["build"]["dockerfile"] = json!("Dockerfile")),
            ("127.0.0.1 alone", &|s| publish(s, "9464:9464")),
            ("127.0.0.1 alone", &|s| publish(s, "0.0.0.0:9464:9464")),
            ("published port 9465", &|s| publish(s, "127.0.0.1:9465:9465")),
            ("without capabilities", &|s| of(s, "grafana")["cap_drop"] = json!([])),
            ("new privileges", &|s| of(s, "worker")["security_opt"] = json!([])),
            ("read-only", &|s| of(s, "prometheus")["read_only"] = json!(false)),
            ("memory", &|s| of(s, "kafka")["mem_limit"] = Value::Null),
            ("user", &|s| of(s, "grafana")["user"] = json!("0")),
            ("takes no", &|s| of(s, "feeder")["command"][1] = json!("--speed")),
            ("settings", &|s| set(s, "worker", "DATELINE__KAFKA__GRUOP", "x")),
            ("settings", &|s| of(s, "worker")["command"][2] = json!("/etc/absent.toml")),
            ("no broker", &|s| set(s, "feeder", "DATELINE__KAFKA__BROKERS", "kafka:9099")),
            ("stop_grace_period", &|s| of(s, "worker")["stop_grace_period"] = json!("30s")),
            ("run_dir", &|s| of(s, "worker")["tmpfs"] = json!([])),
            ("are created", &|s| set(s, "topics", "TOPICS", "articles.raw articles.events")),
            ("BROKERS", &|s| set(s, "topics", "BROKERS", "localhost:9092")),
            ("reach nobody", &|s| {
                set(s, "kafka", "KAFKA_ADVERTISED_LISTENERS", "INSIDE://kafka:19093");
            }),
            ("wait for topics", &|s| of(s, "worker")["depends_on"] = json!({})),
            ("no health check", &|s| drop(of(s, "kafka").remove("healthcheck"))),
            ("the target worker", &|s| set(s, "worker", "DATELINE__HTTP__LISTEN", "0.0.0.0:9000")),
            ("the target worker", &|s| {
                set(s, "worker", "DATELINE__HTTP__LISTEN", "127.0.0.1:9464")
            }),
            ("is not scraped", &|s| {
                s.prometheus["scrape_configs"][0]["static_configs"][0]["targets"] = json!([]);
            }),
            ("data source", &|s| s.datasources["datasources"][0]["url"] = json!("http://p:9090")),
            ("shows no file", &|s| {
                s.providers["providers"][0]["options"]["path"] = json!("/etc/x")
            }),
            ("shows no file", &|s| s.prometheus["rule_files"][0] = json!("absent/*.yml")),
            ("grafana: GF_AUTH", &|s| set(s, "grafana", "GF_AUTH_ANONYMOUS_ORG_ROLE", "Admin")),
        ],
    );
}

#[test]
fn compose_follows_its_schema() {
    let Some(python) = Python::find("docker-compose.yml against its schema") else { return };
    let check = |path: &Path| {
        let path = path.to_str().unwrap();
        python.tool("check-jsonschema", &["--builtin-schema", "vendor.compose-spec", path])
    };
    let said = check(&repository(COMPOSE));
    assert!(said.content, "{}", said.text);
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join(COMPOSE);
    std::fs::write(&broken, planted(&text(COMPOSE), "mem_limit: 1g", "memory_limit: 1g")).unwrap();
    let said = check(&broken);
    assert!(!said.content && said.text.contains("memory_limit"), "{}", said.text);
}
