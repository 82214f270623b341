//! What the desktop must offer before a window can open.

/// Checks for a display and prepares WebKit. Call it before any thread starts.
pub fn prepare() -> Result<(), &'static str> {
    if cfg!(target_os = "linux") {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
            return Err(
                "화면(DISPLAY)이 없어 카운터 창을 열 수 없어요. 창 없이 쓰려면 `counter run` 을 실행하세요.\n\
                 There is no display for the counter's window. Without one, use `counter run`.",
            );
        }
        if !is_set("WEBKIT_DISABLE_DMABUF_RENDERER") {
            // SAFETY: `main` calls this first, when no other thread exists that could read the environment.
            unsafe { std::env::set_var("WEBKIT_DISABLE_DMABUF_RENDERER", "1") };
        }
    }
    Ok(())
}
