//! `deploy/kubernetes` against its own parts, the settings, the probes' real answers, and the schemas of Kubernetes.
//!
//! The rules are held against the base as it is written and, where kubectl is there, against what kustomize makes of base
//! and overlay.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use dateline::settings::Settings;
use dateline::telemetry::{BuildInfo, LiveLimits, Telemetry, bind, serve};
use serde_json::{Value, json};

use super::files::{
    Offences, Python, assert_found, not_run, planted, refused, repository, run, settings,
    settings_file, stop_secs, strings, text, unpinned,
};

const BASE: &str = "deploy/kubernetes/base";
const OVERLAY: &str = "deploy/kubernetes/overlays/example";
const SETTINGS: &str = "dateline.toml";

/// All objects of an installation.
type Objects = Vec<Value>;

/// The base as written; kustomize would only add a hash to the name of the ConfigMap.
fn base(python: &Python) -> Objects {
    let kustomization = python.document(&format!("{BASE}/kustomization.yaml"));
    let resources = strings(&kustomization["resources"]);
    let mut objects: Objects =
        resources.iter().map(|name| python.document(&format!("{BASE}/{name}"))).collect();
    for map in kustomization["configMapGenerator"].as_array().unwrap() {
        let files = strings(&map["files"]);
        let data: serde_json::Map<String, Value> = files
            .iter()
            .map(|name| ((*name).to_owned(), json!(text(&format!("{BASE}/{name}")))))
            .collect();
        let metadata = json!({"name": map["name"]});
        objects.push(json!({"kind": "ConfigMap", "metadata": metadata, "data": data}));
    }
    objects
}

fn of<'a>(objects: &'a Objects, kind: &str) -> &'a Value {
    objects.iter().find(|object| object["kind"] == kind).unwrap_or(&Value::Null)
}

fn of_mut<'a>(objects: &'a mut Objects, kind: &str) -> &'a mut Value {
    objects.iter_mut().find(|object| object["kind"] == kind).unwrap()
}

fn pod(objects: &Objects) -> &Value {
    &of(objects, "StatefulSet")["spec"]["template"]["spec"]
}

fn pod_mut(objects: &mut Objects) -> &mut Value {
    &mut of_mut(objects, "StatefulSet")["spec"]["template"]["spec"]
}

fn container(objects: &Objects) -> &Value {
    &pod(objects)["containers"][0]
}

fn container_mut(objects: &mut Objects) -> &mut Value {
    &mut pod_mut(objects)["containers"][0]
}

fn offences(objects: &Objects) -> Offences {
    let mut found = Offences::new();
    found.extend(unpinned(container(objects)["image"].as_str().unwrap_or("")));
    found.extend(refused(&strings(&container(objects)["args"])));
    match worker_settings(objects) {
        Ok(settings) => found.extend(ports_and_times(objects, &settings)),
        Err(mistakes) => drop(found.insert(format!("settings: {mistakes}"))),
    }
    found.extend(rights(objects));
    found.extend(membership(objects));
    found.extend(mounts(objects));
    found
}

/// The settings of a worker whose pod is named as the first one is.
fn worker_settings(objects: &Objects) -> Result<Settings, String> {
    let mut environment = Vec::new();
    for variable in container(objects)["env"].as_array().into_iter().flatten() {
        let name = variable["name"].as_str().unwrap_or("").to_owned();
        let value = match &variable["valueFrom"]["fieldRef"]["fieldPath"] {
            Value::String(path) if path == "metadata.name" => "dateline-0".to_owned(),
            _ => variable["value"].as_str().unwrap_or("").to_owned(),
        };
        environment.push((name, value));
    }
    let path = settings_file(&strings(&container(objects)["args"])).unwrap_or("").to_owned();
    let file = of(objects, "ConfigMap")["data"][SETTINGS].as_str().unwrap_or("");
    settings(&path, file, &environment)
}

fn ports_and_times(objects: &Objects, settings: &Settings) -> Vec<String> {
    let mut found = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            found.push(what.to_owned());
        }
    };
    let container = container(objects);
    let kafka = &settings.kafka;
    demand(kafka.instance.as_deref() == Some("dateline-0"), "the worker has not its pod's name");
    let listens = settings.http.listen.map(|address| address.to_string()).unwrap_or_default();
    let port = &container["ports"][0];
    let name = &port["name"];
    demand(listens == format!("0.0.0.0:{}", port["containerPort"]), "nobody listens at the port");
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        demand(container[probe]["httpGet"]["port"] == *name, "a probe asks at another port");
    }
    let service = &of(objects, "Service")["spec"]["ports"][0];
    demand(service["port"] == port["containerPort"], "the service names another port");
    demand(service["targetPort"] == *name, "the service leads to another port");
    let policy = &of(objects, "NetworkPolicy")["spec"];
    demand(policy["ingress"][0]["ports"][0]["port"] == *name, "the policy opens another port");
    let brokers =
        kafka.brokers.split(',').filter_map(|broker| broker.rsplit(':').next()?.parse().ok());
    let open = policy["egress"].as_array().into_iter().flatten();
    let open: Vec<&Value> = open.filter_map(|rule| rule["ports"].as_array()).flatten().collect();
    for broker in brokers {
        let broker: u64 = broker;
        let is_open = |rule: &&Value| {
            let first = rule["port"].as_u64().unwrap_or(0);
            rule["protocol"] == "TCP"
                && (first..=rule["endPort"].as_u64().unwrap_or(first)).contains(&broker)
        };
        demand(open.iter().any(is_open), "the policy closes the brokers' port");
    }
    let grace = pod(objects)["terminationGracePeriodSeconds"].as_u64().unwrap_or(0);
    demand(grace >= stop_secs(settings), "terminationGracePeriodSeconds is too short for a stop");
    let cpus = container["resources"]["requests"]["cpu"].as_str().unwrap_or("");
    demand(cpus == settings.worker.threads.to_string(), "threads are not the CPUs asked for");
    found
}

fn rights(objects: &Objects) -> Vec<String> {
    let (pod, container) = (pod(objects), container(objects));
    let (of_pod, of_container) = (&pod["securityContext"], &container["securityContext"]);
    let resources = &container["resources"];
    let account = of(objects, "ServiceAccount");
    let rules = [
        (of_pod["runAsNonRoot"] == true, "it may run as root"),
        (of_pod["runAsUser"].as_u64() > Some(0), "it runs as root"),
        (of_pod["seccompProfile"]["type"] == "RuntimeDefault", "system calls are not filtered"),
        (of_container["allowPrivilegeEscalation"] == false, "it may gain privileges"),
        (of_container["readOnlyRootFilesystem"] == true, "its file system is writable"),
        (of_container["capabilities"] == json!({"drop": ["ALL"]}), "it has capabilities"),
        (pod["automountServiceAccountToken"] == false, "the pod gets a token"),
        (account["automountServiceAccountToken"] == false, "the account gives out tokens"),
        (pod["serviceAccountName"] == account["metadata"]["name"], "the account is another's"),
        (resources["limits"]["memory"].is_string(), "memory has no limit"),
        (
            resources["limits"]["memory"] == resources["requests"]["memory"],
            "memory is overcommitted",
        ),
        (resources["limits"]["cpu"].is_null(), "CPU has a limit"),
    ];
    rules.iter().filter(|(holds, _)| !holds).map(|(_, what)| (*what).to_owned()).collect()
}

/// Names and labels that lead from one object to another.
fn membership(objects: &Objects) -> Vec<String> {
    let set = of(objects, "StatefulSet");
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    let service = of(objects, "Service");
    let budget = &of(objects, "PodDisruptionBudget")["spec"];
    let policy = &of(objects, "NetworkPolicy")["spec"];
    let spread = pod(objects)["topologySpreadConstraints"].as_array();
    let is_spread = spread.is_some_and(|list| {
        !list.is_empty() && list.iter().all(|it| it["labelSelector"]["matchLabels"] == *labels)
    });
    let rules = [
        (set["spec"]["podManagementPolicy"] == "Parallel", "workers start one by one"),
        (set["spec"]["serviceName"] == service["metadata"]["name"], "serviceName is no service"),
        (service["spec"]["clusterIP"] == "None", "the service is not headless"),
        (set["spec"]["selector"]["matchLabels"] == *labels, "the set does not select its pods"),
        (service["spec"]["selector"] == *labels, "the service does not select the pods"),
        (budget["selector"]["matchLabels"] == *labels, "the budget does not select the pods"),
        (budget["maxUnavailable"] == 1, "more than one worker may be taken away"),
        (policy["podSelector"]["matchLabels"] == *labels, "the policy does not select the pods"),
        (policy["policyTypes"] == json!(["Ingress", "Egress"]), "the policy leaves a way open"),
        (is_spread, "the pods are not spread"),
    ];
    rules.iter().filter(|(holds, _)| !holds).map(|(_, what)| (*what).to_owned()).collect()
}

/// Each mount has its volume, the settings come from the ConfigMap, and files that the settings name are mounted.
fn mounts(objects: &Objects) -> Vec<String> {
    let mut found = Vec::new();
    let volumes = pod(objects)["volumes"].as_array().cloned().unwrap_or_default();
    let mounts = container(objects)["volumeMounts"].as_array().cloned().unwrap_or_default();
    let volume_at = |path: &str| {
        let folder = Path::new(path).parent()?.to_str()?;
        let mount = mounts.iter().find(|mount| mount["mountPath"] == folder)?;
        volumes.iter().find(|volume| volume["name"] == mount["name"])
    };
    for mount in &mounts {
        if !volumes.iter().any(|volume| volume["name"] == mount["name"]) {
            found.push(format!("the mount {} has no volume", mount["name"]));
        }
    }
    let arguments = strings(&container(objects)["args"]);
    let path = settings_file(&arguments).unwrap_or("");
    let map = volume_at(path).map_or(&Value::Null, |volume| &volume["configMap"]["name"]);
    if !path.ends_with(SETTINGS) || *map != of(objects, "ConfigMap")["metadata"]["name"] {
        found.push(format!("{path} is not the file of the ConfigMap"));
    }
    let password = worker_settings(objects).ok().and_then(|it| it.kafka.sasl_password_file);
    if let Some(path) = password
        && !volume_at(&path).is_some_and(|volume| volume["secret"]["secretName"].is_string())
    {
        found.push(format!("{path} is no file of a secret"));
    }
    found
}

/// What kustomize makes of a folder, or a line that says that it did not run.
fn kustomized(python: &Python, folder: &Path) -> Option<(String, Objects)> {
    let Some(said) = run(Path::new("kubectl"), &[Path::new("kustomize"), folder]) else {
        not_run("kustomize on deploy/kubernetes: there is no kubectl");
        return None;
    };
    assert!(said.content, "{}", said.text);
    let objects = python.yaml(&said.text);
    Some((said.text, objects))
}

#[test]
fn the_parts_of_kubernetes_fit() {
    let Some(python) = Python::find("deploy/kubernetes against the settings") else { return };
    let settings = |from: &'static str, to: &'static str| {
        move |objects: &mut Objects| {
            let data = &mut of_mut(objects, "ConfigMap")["data"][SETTINGS];
            *data = json!(planted(data.as_str().unwrap(), from, to));
        }
    };
    assert_found(
        &base(&python),
        offences,
        &[
            ("has no version", &|o| container_mut(o)["image"] = json!("kafka:latest")),
            ("takes no", &|o| container_mut(o)["args"][0] = json!("work")),
            ("settings", &settings("threads", "threats")),
            ("settings", &|o| container_mut(o)["env"][0]["name"] = json!("DATELINE__KAFKA__NAME")),
            ("pod's name", &|o| container_mut(o)["env"] = json!([])),
            ("nobody listens", &settings("0.0.0.0:9464", "127.0.0.1:9464")),
            ("nobody listens", &settings("0.0.0.0:9464", "0.0.0.0:9000")),
            ("another port", &|o| container_mut(o)["livenessProbe"]["httpGet"]["port"] = json!(80)),
            ("brokers' port", &settings("svc:9092", "svc:19092")),
            ("threads", &settings("threads = 2", "threads = 3")),
            ("too short", &|o| pod_mut(o)["terminationGracePeriodSeconds"] = json!(30)),
            ("runs as root", &|o| pod_mut(o)["securityContext"]["runAsUser"] = json!(0)),
            ("gain privileges", &|o| container_mut(o)["securityContext"] = json!({})),
            ("a token", &|o| pod_mut(o)["automountServiceAccountToken"] = json!(true)),
            ("overcommitted", &|o| {
                container_mut(o)["resources"]["limits"]["memory"] = json!("1Gi");
            }),
            ("CPU has", &|o| container_mut(o)["resources"]["limits"]["cpu"] = json!("2")),
            ("budget", &|o| of_mut(o, "PodDisruptionBudget")["spec"]["selector"] = json!({})),
            ("taken away", &|o| {
                of_mut(o, "PodDisruptionBudget")["spec"]["maxUnavailable"] = json!(2);
            }),
            ("no service", &|o| of_mut(o, "Service")["metadata"]["name"] = json!("other")),
            ("headless", &|o| of_mut(o, "Service")["spec"]["clusterIP"] = Value::Null),
            ("no volume", &|o| container_mut(o)["volumeMounts"][0]["name"] = json!("absent")),
            ("the ConfigMap", &|o| of_mut(o, "ConfigMap")["metadata"]["name"] = json!("other")),
            (
                "of a secret",
                &settings(
                    "svc:9092\"",
                    "svc:9092\"\nsecurity_protocol = \"sasl_ssl\"\nsasl_mechanism = \"PLAIN\"\n\
                 sasl_username = \"x\"\nsasl_password_file = \"/etc/absent/password\"",
                ),
            ),
        ],
    );
}

#[test]
fn kustomizations_name_every_file_beside_them() {
    let Some(python) = Python::find("kustomizations against their folders") else { return };
    for folder in [BASE, OVERLAY] {
        let kustomization = python.document(&format!("{folder}/kustomization.yaml"));
        let mut named: BTreeSet<String> =
            strings(&kustomization["resources"]).into_iter().map(str::to_owned).collect();
        for patch in kustomization["patches"].as_array().into_iter().flatten() {
            named.insert(patch["path"].as_str().unwrap().to_owned());
        }
        for map in kustomization["configMapGenerator"].as_array().into_iter().flatten() {
            named.extend(strings(&map["files"]).into_iter().map(str::to_owned));
        }
        for name in &named {
            assert!(repository(&format!("{folder}/{name}")).exists(), "{folder} has no {name}");
        }
        for entry in std::fs::read_dir(repository(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name == "kustomization.yaml" || named.contains(&name), "{name} is not named");
        }
    }
}

#[test]
fn kustomize_builds_the_base_and_the_overlay() {
    let Some(python) = Python::find("kustomize on deploy/kubernetes") else { return };
    for folder in [BASE, OVERLAY] {
        let Some((_, objects)) = kustomized(&python, &repository(folder)) else { return };
        assert_eq!(offences(&objects), Offences::new(), "{folder}");
        if folder == OVERLAY {
            assert_eq!(of(&objects, "StatefulSet")["spec"]["replicas"], 3);
            let settings = worker_settings(&objects).unwrap();
            assert!(settings.kafka.sasl_password_file.is_some());
            let homes: BTreeSet<Option<&str>> = objects
                .iter()
                .filter(|object| object["kind"] != "Namespace")
                .map(|object| object["metadata"]["namespace"].as_str())
                .collect();
            assert_eq!(homes, BTreeSet::from([Some("dateline")]));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let broken =
        planted(&text(&format!("{BASE}/kustomization.yaml")), "serviceaccount.yaml", "absent.yaml");
    std::fs::write(folder.path().join("kustomization.yaml"), broken).unwrap();
    let said = run(Path::new("kubectl"), &[Path::new("kustomize"), folder.path()]).unwrap();
    assert!(!said.content && said.text.contains("absent.yaml"), "{}", said.text);
}

#[test]
fn every_object_follows_its_schema() {
    let Some(python) = Python::find("deploy/kubernetes against the schemas") else { return };
    let kustomization = python.document(&format!("{BASE}/kustomization.yaml"));
    let mut paths: Vec<_> = strings(&kustomization["resources"])
        .iter()
        .map(|name| repository(&format!("{BASE}/{name}")))
        .collect();
    paths.push(repository(&format!("{OVERLAY}/namespace.yaml")));
    let folder = tempfile::tempdir().unwrap();
    if let Some((rendered, _)) = kustomized(&python, &repository(OVERLAY)) {
        paths.push(folder.path().join("overlay.yaml"));
        std::fs::write(paths.last().unwrap(), rendered).unwrap();
    }
    for path in paths {
        let said = python.tool("kubernetes-validate", &[Path::new("--strict"), &path]);
        assert!(said.content && said.text.contains("passed"), "{}", said.text);
    }
    let broken = folder.path().join("broken.yaml");
    let set = text(&format!("{BASE}/statefulset.yaml"));
    for (from, to) in [("podManagementPolicy", "podManagmentPolicy"), ("port: metrics", "port: {}")]
    {
        std::fs::write(&broken, planted(&set, from, to)).unwrap();
        let said = python.tool("kubernetes-validate", &[Path::new("--strict"), &broken]);
        assert!(!said.content, "{to} passed: {}", said.text);
    }
}

/// The worker answers at the paths of the probes: with a state, not with "not found".
#[test]
fn probes_ask_where_the_worker_answers() {
    let Some(python) = Python::find("the paths of the probes") else { return };
    let build = BuildInfo {
        version: "1.2.3",
        revision: String::new(),
        rustc: "rustc",
        librdkafka: "2.12.1".to_owned(),
        model: String::new(),
        kernel: "",
    };
    let limits = LiveLimits { poll_silence_secs_max: 270.0, progress_silence_secs_max: 300.0 };
    let telemetry = Arc::new(Telemetry::new(&build).unwrap());
    let server = serve(bind("127.0.0.1:0").unwrap(), telemetry, limits).unwrap();
    let status = |path: &str| {
        let mut stream = TcpStream::connect(server.local_addr()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    let objects = base(&python);
    let mut asked = BTreeSet::new();
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let path = container(&objects)[probe]["httpGet"]["path"].as_str().unwrap();
        assert!(["200", "503"].contains(&status(path).as_str()), "{path}");
        asked.insert(path);
    }
    assert_eq!(asked.len(), 3, "each probe has a path of its own");
    assert_eq!(status("/absent"), "404");
    server.stop().unwrap();
}
