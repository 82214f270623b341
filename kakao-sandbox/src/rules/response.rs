//! The top of the response: version, template, outputs, `useCallback`.

use serde_json::{Map, Value};

use super::check::{Check, present};
use super::{BlockResponseMode, basic_card, carousel, commerce_card, context, item_card, list_card};
use super::{quick_replies, simple, text_card};

const MAX_OUTPUTS: usize = 3;
const COMPONENTS: &[&str] = &[
    "simpleText",
    "simpleImage",
    "textCard",
    "basicCard",
    "commerceCard",
    "listCard",
    "itemCard",
    "carousel",
];

pub(super) fn check(check: &mut Check<'_>, response: &Value) {
    let Some(root) = check.object(response, "") else { return };
    check.known_keys(root, &["version", "template", "context", "data", "useCallback", "extra"], "");
    version(check, root);
    context::check(check, root);
    if let Some(data) = present(root, "data") {
        check.object(data, "/data");
    }
    let use_callback = check.boolean(root, "useCallback", "").unwrap_or(false);
    if use_callback {
        if !check.env.has_callback_url {
            check.reject(
                "useCallback.noCallbackUrl",
                "/useCallback",
                "이 블록에는 콜백이 켜져 있지 않아서 보여 줄 답이 없어요.",
            );
        }
        return;
    }
    template(check, root);
}

fn version(check: &mut Check<'_>, root: &Map<String, Value>) {
    match root.get("version") {
        None | Some(Value::Null) => {
            check.reject(
                "version.missing",
                "",
                "`version`이 없으면 옛 v1 응답으로 읽혀요. \"2.0\"을 넣어 주세요.",
            );
        }
        Some(Value::String(version)) if version == "2.0" => {}
        Some(Value::String(version)) => {
            check.reject(
                "version.value",
                "/version",
                format!("\"{version}\"은 쓸 수 없어요. \"2.0\"이어야 해요."),
            );
        }
        Some(_) => check.reject("version.type", "/version", "문자열 \"2.0\"이어야 해요."),
    }
}

fn template(check: &mut Check<'_>, root: &Map<String, Value>) {
    let Some(template) = present(root, "template") else {
        if check.env.response_mode == BlockResponseMode::SkillData {
            check.reject("template.missing", "", "스킬데이터를 쓰는 블록에는 `template`이 꼭 있어야 해요.");
        }
        return;
    };
    let Some(template) = check.object(template, "/template") else { return };
    check.known_keys(template, &["outputs", "quickReplies"], "/template");
    if present(template, "outputs").is_none() {
        check.reject("outputs.missing", "/template", "`outputs`가 꼭 있어야 해요.");
    }
    if let Some(list) = check.array(template, "outputs", "/template") {
        outputs(check, list);
    }
    quick_replies::check(check, template);
}

fn outputs(check: &mut Check<'_>, list: &[Value]) {
    let path = "/template/outputs";
    if list.is_empty() {
        check.reject("outputs.empty", path, "말풍선이 하나도 없어요.");
    }
    if list.len() > MAX_OUTPUTS {
        check.reject(
            "outputs.tooMany",
            path,
            format!("말풍선이 {}개예요. {MAX_OUTPUTS}개까지예요.", list.len()),
        );
    }
    for (index, value) in list.iter().enumerate() {
        let path = format!("{path}/{index}");
        if let Some(object) = check.object(value, &path) {
            output(check, object, &path);
        }
    }
}

fn output(check: &mut Check<'_>, output: &Map<String, Value>, path: &str) {
    let named: Vec<_> = output.iter().filter(|(key, _)| COMPONENTS.contains(&key.as_str())).collect();
    match named.as_slice() {
        [] => check.reject("component.unknown", path, "카카오가 아는 말풍선이 들어 있지 않아요."),
        [(kind, body)] => {
            check.known_keys(output, COMPONENTS, path);
            component(check, kind, body, &format!("{path}/{kind}"));
        }
        _ => check.reject("component.multiple", path, "말풍선 하나에는 한 가지만 담을 수 있어요."),
    }
}

fn component(check: &mut Check<'_>, kind: &str, body: &Value, path: &str) {
    let Some(body) = check.object(body, path) else { return };
    match kind {
        "simpleText" => simple::text(check, body, path),
        "simpleImage" => simple::image(check, body, path),
        "carousel" => carousel::check(check, body, path),
        _ => card(check, kind, body, path, false),
    }
}

/// A card that may stand alone or in a carousel; unknown kinds were refused before.
pub(super) fn card(
    check: &mut Check<'_>,
    kind: &str,
    body: &Map<String, Value>,
    path: &str,
    in_carousel: bool,
) {
    match kind {
        "textCard" => text_card::check(check, body, path, in_carousel),
        "basicCard" => basic_card::check(check, body, path, in_carousel),
        "commerceCard" => commerce_card::check(check, body, path),
        "listCard" => list_card::check(check, body, path, in_carousel),
        "itemCard" => item_card::check(check, body, path, in_carousel),
        _ => {}
    }
}
