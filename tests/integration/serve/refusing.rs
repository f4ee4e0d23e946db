//! What keeps a server from starting: all of it said, with a way out, by exit status 2.

use std::net::TcpListener;

use super::server::Place;

#[test]
fn a_busy_port_has_a_way_out() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let place = Place::new();
    let (status, said) = place.refused(&[("FRONTDESK_LISTEN", &address)]);
    assert_eq!(status, Some(2));
    let port = busy.local_addr().unwrap().port();
    assert!(said.contains(&format!("port {port} is in use")) && said.contains("--listen 127.0.0.1:"), "{said}");
    assert!(!place.database().exists(), "nothing was begun");
}

#[test]
fn all_missing_settings_are_said_at_once() {
    let settings = [("WHATSAPP_ACCESS_TOKEN", "s3cret"), ("FRONTDESK_LISTEN", "everywhere"), ("FRONTDESK_LOG", "xml")];
    let (status, said) = Place::new().refused(&settings);
    assert_eq!(status, Some(2));
    for name in
        ["WHATSAPP_APP_SECRET: missing", "WHATSAPP_VERIFY_TOKEN: missing", "FRONTDESK_LISTEN: ", "FRONTDESK_LOG: "]
    {
        assert!(said.contains(name), "{name} is not in {said}");
    }
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn settings_lie_beside_the_bot_or_where_the_command_is_given() {
    let place = Place::new();
    place.write("elsewhere/.env", "FRONTDESK_BOT=..\nFRONTDESK_LOG=xml\n");
    let (status, said) = place.refused_from("elsewhere", &[]);
    assert_eq!(status, Some(2));
    assert!(said.contains(".env:2: FRONTDESK_LOG: "), "{said}");

    place.write(".env", "WHATSAPP_ACCESS_TOKEN=s3cret\n");
    let (status, said) = place.refused_from("elsewhere", &[]);
    assert_eq!(status, Some(2));
    assert!(said.contains("WHATSAPP_APP_SECRET: missing") && !said.contains("FRONTDESK_LOG"), "{said}");
}

#[test]
fn a_bot_with_errors_is_drawn() {
    let place = Place::new();
    place.edit("flows/parcel.yaml", "when: fragile", "when: fragil");
    place.edit("intents/parcel.yaml", "flow: parcel", "flow: parcels");
    let (status, said) = place.refused(&[]);
    assert_eq!(status, Some(2));
    for words in ["flows/parcel.yaml:", "fragil", "intents/parcel.yaml:", "parcels", "^", "2 errors"] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    assert!(!place.database().exists(), "nothing was begun");
}

#[test]
fn a_folder_without_a_bot_says_what_to_do() {
    let place = Place::new();
    std::fs::remove_file(place.path().join("bot.yaml")).unwrap();
    let (status, said) = place.refused(&[]);
    assert_eq!(status, Some(2));
    assert!(said.contains("no bot.yaml"), "{said}");
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let place = Place::new();
    place.write("data/frontdesk.db", &"Dear diary, ".repeat(1_000));
    let (status, said) = place.refused(&[]);
    assert_eq!(status, Some(2));
    assert!(said.contains("database"), "{said}");
    assert!(std::fs::read_to_string(place.database()).unwrap().starts_with("Dear diary"));
}

#[test]
fn a_folder_for_data_that_cannot_be_made_is_named() {
    let place = Place::new();
    place.write("data", "a file where the folder should be");
    let (status, said) = place.refused(&[]);
    assert_eq!(status, Some(2));
    assert!(said.contains("data") && said.contains("database"), "{said}");
}
