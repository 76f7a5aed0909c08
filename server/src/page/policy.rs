//! What the page may load and run: its Content-Security-Policy (W3C CSP3).
//!
//! Nothing but what this server sends, WebAssembly, and the inline scripts and styles that stand
//! in the page as it was built, by their hashes.

use axum::http::HeaderValue;

use super::source_hash;

/// The policy for a page with the text of `index`, which pages of `frame_ancestors` may show in a
/// frame.
pub(super) fn content_security_policy(index: &[u8], frame_ancestors: &[String]) -> HeaderValue {
    let html = String::from_utf8_lossy(index);
    let hashes = |element: &str| -> String {
        inline(&html, element)
            .into_iter()
            .map(|text| format!(" {}", source_hash(text.as_bytes())))
            .collect()
    };
    let ancestors = if frame_ancestors.is_empty() {
        "'none'".to_owned()
    } else {
        frame_ancestors.join(" ")
    };
    let policy = format!(
        "default-src 'none'; \
         script-src 'self' 'wasm-unsafe-eval'{scripts}; \
         style-src 'self'{styles}; \
         img-src 'self' data:; \
         media-src 'self' mediastream:; \
         font-src 'self'; \
         connect-src 'self'; \
         manifest-src 'self'; \
         worker-src 'none'; \
         base-uri 'none'; \
         form-action 'none'; \
         frame-ancestors {ancestors}",
        scripts = hashes("script"),
        styles = hashes("style"),
    );
    HeaderValue::try_from(policy)
        .expect("hashes and checked origins are made of characters legal in a header")
}

/// The texts of the `element`s that load nothing from elsewhere. What is read is our own page,
/// so this need not understand all of HTML.
fn inline<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut texts = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once(&open) {
        rest = after;
        let Some((attributes, body)) = after.split_once('>') else {
            break;
        };
        if !attributes.is_empty() && !attributes.starts_with(char::is_whitespace) {
            continue;
        }
        let Some((text, after)) = body.split_once(&close) else {
            break;
        };
        rest = after;
        let is_external = attributes
            .split_whitespace()
            .any(|attribute| attribute.starts_with("src="));
        if !is_external {
            texts.push(text);
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_in_the_page_is_hashed() {
        let html = "<script type=module>one</script><script src=\"/a.js\"></script>\
                    <scripture>no</scripture><script>\n two</script>";
        assert_eq!(inline(html, "script"), ["one", "\n two"]);
    }

    #[test]
    fn an_inline_script_is_allowed_by_its_hash() {
        let policy = content_security_policy(b"<script>const inline = 1;</script>", &[]);
        let policy = policy.to_str().unwrap();
        let hash = source_hash(b"const inline = 1;");
        assert!(policy.contains(&format!("'wasm-unsafe-eval' {hash};")));
        assert!(!policy.contains("unsafe-inline"));
    }

    #[test]
    fn an_import_map_is_allowed_by_its_hash_as_well() {
        let map = r#"{"integrity":{"/a.js":"sha384-a"}}"#;
        let page = format!("<script type=\"importmap\">{map}</script>");
        let policy = content_security_policy(page.as_bytes(), &[]);
        let policy = policy.to_str().unwrap();
        assert!(policy.contains(&format!(" {};", source_hash(map.as_bytes()))));
    }

    #[test]
    fn broken_markup_ends_the_search() {
        assert!(inline("<script", "script").is_empty());
        assert!(inline("<script>never closed", "script").is_empty());
    }
}
