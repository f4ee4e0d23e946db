//! Declared lookups (R18): their address, headers and result.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Duration;

use crate::compile::{Context, TextNames};
use crate::diagnostic::Code;
use crate::policy::Lookup;
use crate::yaml::Node;

use super::people::positive;

const TIMEOUT: Duration = Duration::seconds(3);
const TIMEOUT_MAX: Duration = Duration::seconds(30);
/// Names that texts and conditions use for something else.
const TAKEN: [&str; 7] = ["contact", "hours", "bot", "queue", "promise", "agent", "env"];

/// The lookups by name.
pub(super) fn lookups(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> BTreeMap<String, Lookup> {
    let mut lookups = BTreeMap::new();
    for (key, value) in node.get("lookups").map(Node::entries).unwrap_or_default() {
        let (Some(name), Some(get_node)) = (key.scalar().map(str::to_owned), value.get("get")) else { continue };
        let get = get_node.scalar().unwrap_or_default().to_owned();
        address(context, file, get_node, &get);
        if TAKEN.contains(&name.as_str()) {
            context.problem(Code::DuplicateName, file, &key.range, format!("`{name}` has a meaning already")).help =
                Some(format!("call the lookup something else: `{name}_data`"));
        }
        let mut headers = BTreeMap::new();
        for (header, text) in value.get("headers").map(Node::entries).unwrap_or_default() {
            header_names(context, file, text);
            headers
                .insert(header.scalar().unwrap_or_default().to_owned(), text.scalar().unwrap_or_default().to_owned());
        }
        let mut result = BTreeMap::new();
        for (field, path) in value.get("result").map(Node::entries).unwrap_or_default() {
            let (Some(field), Some(source)) = (context.name(file, field), path.scalar()) else { continue };
            if serde_json_path::JsonPath::parse(source).is_err() {
                let message = format!("`{source}` is not a JSONPath");
                context.problem(Code::BadLookup, file, &path.range, message).help =
                    Some("write where the value stands in the answer, such as `\"$.delivery.eta\"`".to_owned());
            }
            result.insert(field, source.to_owned());
        }
        let timeout = positive(context, file, value, "timeout").unwrap_or(TIMEOUT).min(TIMEOUT_MAX);
        lookups.insert(name.clone(), Lookup { name, get, headers, timeout, result });
    }
    lookups
}

/// A header may use `env.NAME`, of any name, and nothing else.
fn header_names(context: &mut Context<'_>, file: &Arc<str>, text: &Node) {
    let source = text.scalar().unwrap_or_default();
    let mut names = TextNames::default();
    for inside in source.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
        let name = inside.trim();
        let of_env =
            name.strip_prefix("env.").is_some_and(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        if of_env {
            names.certain(name, 100);
        } else if !inside.contains(['{', '%']) && source.contains("}}") {
            context.problem(Code::UnknownName, file, &text.range, format!("a header cannot use `{name}`")).help =
                Some("headers may use `{{ env.NAME }}`: answers belong into the address".to_owned());
            return;
        }
    }
    context.check_text(file, text, source, &names);
}

fn address(context: &mut Context<'_>, file: &Arc<str>, node: &Node, get: &str) {
    let rest = get.strip_prefix("https://").or_else(|| get.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(host, _)| host));
    match host {
        None | Some("") => {
            context
                .problem(Code::BadLookup, file, &node.range, "a lookup's address begins with `https://` and a host")
                .help = Some("write it in full: `https://api.example.com/orders/{{ order_number }}`".to_owned());
        }
        Some(host) if host.contains("{{") || host.contains('@') => {
            context.problem(Code::BadLookup, file, &node.range, "a lookup's host cannot be made of answers").help =
                Some("write the host in full; answers may stand in the path and after `?`".to_owned());
        }
        Some(host) if crate::text::is_private_host(host) => {
            context.problem(Code::PrivateHost, file, &node.range, format!("`{host}` is a private address")).help =
                Some("it is only called when the operator lists it in FRONTDESK_LOOKUP_HOSTS".to_owned());
        }
        Some(_) => {}
    }
    if get.starts_with("http://") && host.is_some_and(|host| !crate::text::is_private_host(host)) {
        context.problem(Code::BadLookup, file, &node.range, "customers' answers would travel unencrypted").help =
            Some("write `https://`".to_owned());
    }
}
