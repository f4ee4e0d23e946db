//! The values that the rules name: `policy:`.

use std::sync::Arc;

use chrono::Duration;

use crate::compile::{Context, values};
use crate::diagnostic::Code;
use crate::policy::{MorningCheck, Policy};
use crate::yaml::Node;

/// The rules' values with the bot's own over them.
pub(super) fn policy(context: &mut Context<'_>, file: &Arc<str>, node: Option<&Node>) -> Policy {
    let mut policy = Policy::default();
    let Some(node) = node else { return policy };
    if let Some(gather) = values::duration(node, "gather") {
        policy.gather = gather;
        policy.gather_media = gather + Duration::seconds(1);
    }
    for (key, slot) in [
        ("sitting", &mut policy.sitting),
        ("welcome_again", &mut policy.welcome_again),
        ("repeat_contact", &mut policy.repeat_contact),
        ("question_reminder", &mut policy.question_reminder),
        ("closing_after", &mut policy.closing_after),
        ("short_closure", &mut policy.short_closure),
        ("phone_hint_after", &mut policy.phone_hint_after),
        ("reassign_after", &mut policy.reassign_after),
        ("offline_after", &mut policy.offline_after),
        ("window_alert", &mut policy.window_alert),
    ] {
        if let Some(duration) = values::duration(node, key) {
            *slot = duration;
        }
    }
    if let Some(reminders) = node.get("reminders") {
        let mut read: Vec<Duration> =
            reminders.items().iter().filter_map(Node::scalar).filter_map(crate::locale::duration).collect();
        read.sort();
        policy.reminders = read;
    }
    if let Some(quiet) = node.get("quiet_hours") {
        let text = quiet.scalar().unwrap_or_default();
        let times = text.split_once('-').and_then(|(from, to)| {
            Some((crate::locale::time_of_day(from.trim())?, crate::locale::time_of_day(to.trim())?))
        });
        match times {
            Some(times) => policy.quiet_hours = times,
            None => {
                context
                    .problem(Code::BadValue, file, &quiet.range, format!("`{text}` are not hours of the day"))
                    .help = Some("write them like `\"21:00-08:00\"`".to_owned());
            }
        }
    }
    policy.capacity = whole(context, file, node, "capacity", 1..=1_000).unwrap_or(policy.capacity);
    policy.warn_at =
        whole(context, file, node, "warn_at", 1..=100).and_then(|n| n.try_into().ok()).unwrap_or(policy.warn_at);
    if let Some(looping) = node.get("loop") {
        policy.loop_messages = whole(context, file, looping, "messages", 2..=100).unwrap_or(policy.loop_messages);
        policy.loop_within = values::duration(looping, "within").unwrap_or(policy.loop_within);
    }
    if let Some(check) = node.get("morning_check") {
        let default = MorningCheck { ..policy.morning_check };
        policy.morning_check = MorningCheck {
            after_opening: values::duration(check, "after_opening").unwrap_or(default.after_opening),
            per_minute: whole(context, file, check, "per_minute", 1..=10_000)
                .and_then(|n| n.try_into().ok())
                .unwrap_or(default.per_minute),
            skip_younger: values::duration(check, "skip_younger").unwrap_or(default.skip_younger),
            silent_after: values::duration(check, "silent_after").unwrap_or(default.silent_after),
        };
    }
    for key in ["confident", "torn"] {
        if let Some(value) = node.get("thresholds").and_then(|node| node.get(key))
            && value
                .scalar()
                .and_then(|text| text.parse::<f64>().ok())
                .is_none_or(|value| !(0.0..=1.0).contains(&value))
        {
            context.problem(Code::BadValue, file, &value.range, format!("`{key}` goes from 0 to 1")).help =
                Some("write a share such as `0.8`, or take the line away: frontdesk measures what fits".to_owned());
        }
    }
    policy
}

fn whole(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    key: &str,
    allowed: std::ops::RangeInclusive<usize>,
) -> Option<usize> {
    let value = node.get(key)?;
    let read = value.scalar().and_then(|text| text.parse().ok()).filter(|number| allowed.contains(number));
    if read.is_none() && values::number(node, key).is_some() {
        let message = format!("`{key}` is a whole number from {} to {}", allowed.start(), allowed.end());
        context.problem(Code::BadValue, file, &value.range, message).help =
            Some("write a number within these, or take the line away for the usual one".to_owned());
    }
    read
}
