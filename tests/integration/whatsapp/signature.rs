//! R43: a delivery is believed only if Meta signed these very bytes.

use frontdesk::whatsapp::signature::{SignatureProblem, sign, verify};

use super::{bytes, json};

#[test]
fn every_vector_is_judged_as_it_says() {
    let vectors = json("composed/signature-vectors.json");
    let secret = vectors["app_secret"].as_str().unwrap().as_bytes();
    let cases = vectors["vectors"].as_array().unwrap();
    assert_eq!(cases.len(), 22);
    for case in cases {
        let body = hex::decode(case["body_hex"].as_str().unwrap()).unwrap();
        let verdict = verify(secret, case["header"].as_str(), &body);
        assert_eq!(verdict.is_ok(), case["valid"].as_bool().unwrap(), "{}: {verdict:?}", case["name"]);
        if verdict.is_ok() {
            assert_eq!(sign(secret, &body), case["header"].as_str().unwrap());
        }
    }
}

#[test]
fn a_delivery_that_meta_signed_is_believed() {
    let signed = json("pywa/signature/signature.json");
    let secret = signed["app_secret"].as_str().unwrap().as_bytes();
    assert_eq!(verify(secret, signed["value"].as_str(), &bytes("pywa/signature/body.bin")), Ok(()));
}

#[test]
fn the_published_example_fits() {
    let header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(verify(b"It's a Secret to Everybody", Some(header), b"Hello, World!"), Ok(()));
}

#[test]
fn problems_are_told_apart() {
    let good = sign(b"secret", b"body");
    assert_eq!(verify(b"secret", None, b"body"), Err(SignatureProblem::Missing));
    assert_eq!(verify(b"secret", Some("sha1=00"), b"body"), Err(SignatureProblem::Malformed));
    assert_eq!(verify(b"other", Some(&good), b"body"), Err(SignatureProblem::Wrong));
}

#[test]
fn an_empty_secret_believes_nobody() {
    assert_eq!(verify(b"", Some(&sign(b"", b"body")), b"body"), Err(SignatureProblem::Malformed));
    let known = "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    assert_eq!(verify(b"", Some(known), b""), Err(SignatureProblem::Wrong));
}
