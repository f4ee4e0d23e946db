//! Every setting, right and wrong, from every source.

use std::os::unix::ffi::OsStringExt;

use clap::{CommandFactory, Parser};

use super::*;

#[derive(Debug, Parser)]
struct Serve {
    #[command(flatten)]
    settings: SettingFlags,
}

const CREDENTIALS: [(&str, &str); 3] = [
    ("WHATSAPP_ACCESS_TOKEN", "access-s3cret"),
    ("WHATSAPP_APP_SECRET", "app-s3cret"),
    ("WHATSAPP_VERIFY_TOKEN", "verify-s3cret"),
];

fn environment(variables: &[(&str, &str)], dotenv: &str) -> Environment {
    let process = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Environment::new(process, Some((".env", dotenv)))
}

fn read(arguments: &[&str], variables: &[(&str, &str)], dotenv: &str) -> Result<Settings, Vec<SettingProblem>> {
    let flags = Serve::try_parse_from(std::iter::once(&"serve").chain(arguments)).unwrap().settings;
    Settings::read(&flags, &environment(variables, dotenv))
}

fn good(variables: &[(&str, &str)]) -> Settings {
    read(&[], variables, "").unwrap()
}

fn wrong(variables: &[(&str, &str)]) -> Vec<String> {
    read(&[], variables, "").unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_given_is_local_mode_with_the_defaults() {
    let settings = good(&[]);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database, Database::Sqlite("data/frontdesk.db".into()));
    assert_eq!(settings.cache, cache::Folder::named("data/cache"));
    assert_eq!(settings.public_url, None);
    assert!(matches!(settings.mode, Mode::Local));
    assert_eq!(settings.lookups.allowed_hosts, []);
    assert_eq!((settings.log_filter.as_str(), settings.log_format), ("info", LogFormat::Text));
}

#[test]
fn three_credentials_are_live_mode() {
    let Mode::Live(whatsapp) = good(&CREDENTIALS).mode else { panic!("not live") };
    assert_eq!(whatsapp.graph.token.expose_secret(), "access-s3cret");
    assert_eq!(whatsapp.app_secret.expose_secret(), "app-s3cret");
    assert_eq!(whatsapp.verify_token.expose_secret(), "verify-s3cret");
    assert_eq!(whatsapp.graph.base, "https://graph.facebook.com");

    let elsewhere = [("WHATSAPP_API_BASE", "http://127.0.0.1:9/"), ("WHATSAPP_API_VERSION", "v26.0")];
    let Mode::Live(whatsapp) = good(&[CREDENTIALS.as_slice(), &elsewhere].concat()).mode else { panic!("not live") };
    assert_eq!((whatsapp.graph.base.as_str(), whatsapp.graph.version.as_str()), ("http://127.0.0.1:9", "v26.0"));
}

#[test]
fn files_lie_beside_the_database_or_where_it_is_told() {
    let media = |variables: &[(&str, &str)]| good(variables).media;
    assert_eq!(media(&[]), Some(Files::at("data/media")));
    assert_eq!(media(&[("FRONTDESK_DATABASE", "sqlite:/var/shop/all.db")]), Some(Files::at("/var/shop/media")));
    assert_eq!(media(&[("FRONTDESK_DATABASE", "postgres://me@localhost/shop")]), Some(Files::at("data/media")));
    assert_eq!(media(&[("FRONTDESK_MEDIA", "off")]), None);
    let flag = read(&["--media", "here"], &[("FRONTDESK_MEDIA", "there")], "").unwrap();
    assert_eq!(flag.media, Some(Files::at("here")));
}

#[test]
fn a_model_of_sentences_is_where_it_is_told() {
    let semantic = |variables: &[(&str, &str)]| good(variables).semantic;
    assert_eq!(semantic(&[]), None);
    assert_eq!(semantic(&[("FRONTDESK_SEMANTIC", "models/small")]), Some("models/small".into()));
    assert_eq!(semantic(&[("FRONTDESK_SEMANTIC", "off")]), None);
    let flag = read(&["--semantic", "here"], &[("FRONTDESK_SEMANTIC", "there")], "").unwrap();
    assert_eq!(flag.semantic, Some("here".into()));
}

#[test]
fn the_cache_lies_beside_the_database_or_where_it_is_told() {
    let cache = |variables: &[(&str, &str)]| good(variables).cache;
    assert_eq!(cache(&[("FRONTDESK_DATABASE", "sqlite:/var/shop/all.db")]), cache::Folder::named("/var/shop/cache"));
    assert_eq!(cache(&[("FRONTDESK_DATABASE", "postgres://me@localhost/shop")]), None);
    let told = [("FRONTDESK_DATABASE", "postgres://me@localhost/shop"), ("FRONTDESK_CACHE", "/var/cache/quick")];
    assert_eq!(cache(&told), cache::Folder::named("/var/cache/quick"));
    assert_eq!(cache(&[("FRONTDESK_CACHE", "off")]), None);
    let flag = read(&["--cache", "here"], &told, "").unwrap();
    assert_eq!(flag.cache, cache::Folder::named("here"));
}

#[test]
fn some_credentials_are_a_mistake() {
    assert_eq!(
        wrong(&CREDENTIALS[..1]),
        [
            "WHATSAPP_APP_SECRET: missing, though `WHATSAPP_ACCESS_TOKEN` is set; set all three of them, or none for local mode",
            "WHATSAPP_VERIFY_TOKEN: missing, though `WHATSAPP_ACCESS_TOKEN` is set; set all three of them, or none for local mode",
        ]
    );
    assert_eq!(
        wrong(&CREDENTIALS[1..]),
        ["WHATSAPP_ACCESS_TOKEN: missing, though `WHATSAPP_APP_SECRET` and `WHATSAPP_VERIFY_TOKEN` are set; \
             set all three of them, or none for local mode"]
    );
    let one_is_empty = [CREDENTIALS[0], ("WHATSAPP_APP_SECRET", ""), CREDENTIALS[2]];
    assert_eq!(wrong(&one_is_empty).len(), 1);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "FRONTDESK_LISTEN=127.0.0.1:1\nFRONTDESK_DATABASE=sqlite:file.db\nFRONTDESK_LOG=json\nRUST_LOG=debug";
    let variables =
        [("FRONTDESK_LISTEN", "127.0.0.1:2"), ("FRONTDESK_DATABASE", "sqlite:variable.db"), ("RUST_LOG", "")];
    let settings = read(&["--listen", "127.0.0.1:3"], &variables, file).unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.database, Database::Sqlite("variable.db".into()));
    assert_eq!(settings.log_format, LogFormat::Json);
    assert_eq!(settings.log_filter, "info", "an empty variable takes the file's away");
}

#[test]
fn every_setting_has_a_flag_of_its_name_and_is_listed_in_the_help() {
    Serve::command().debug_assert();
    let help = Serve::command().render_long_help().to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for variable in OURS.iter().filter(|variable| **variable != "FRONTDESK_BOT").chain(&["RUST_LOG"]) {
        let flag = variable.strip_prefix("FRONTDESK_").unwrap_or(variable).to_lowercase().replace('_', "-");
        assert!(help.contains(&format!("[env: {variable}]")), "{variable}");
        assert!(help.contains(&format!("--{flag} <")), "{flag}");
    }
}

#[test]
fn everything_wrong_is_said_at_once_and_where() {
    let file = "FRONTDESK_LISEN=x\nnonsense\nFRONTDESK_DATABASE=data.db\nWHATSAPP_PHONE_NUMBER_ID=1";
    let variables = [("FRONTDESK_PUBLIC_URL", "chat.example.com"), CREDENTIALS[0], CREDENTIALS[1]];
    let problems = read(&["--listen", "localhost"], &variables, file).unwrap_err();
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            ".env:2: there is no `=` here; write `NAME=value`, or `#` before a comment",
            ".env:1: `FRONTDESK_LISEN` is no setting; did you mean `FRONTDESK_LISTEN`?",
            "--listen: `localhost` is no address with a port; write `127.0.0.1:8080`, or `0.0.0.0:8080` to be reached \
             from other machines",
            ".env:3: FRONTDESK_DATABASE: the kind of database is missing; write `sqlite:data/frontdesk.db`, or `postgres://USER@HOST/DATABASE`",
            "FRONTDESK_PUBLIC_URL: it is no web address; write one such as `https://chat.example.com`",
            "WHATSAPP_VERIFY_TOKEN: missing, though `WHATSAPP_ACCESS_TOKEN` and `WHATSAPP_APP_SECRET` are set; \
             set all three of them, or none for local mode",
        ]
    );
}

#[test]
fn the_database_is_a_sqlite_file() {
    for (url, path) in [
        ("sqlite:a/b.db", "a/b.db"),
        ("sqlite://a.db", "a.db"),
        ("sqlite:///var/a.db", "/var/a.db"),
        (r"sqlite:C:\a.db", r"C:\a.db"),
    ] {
        assert_eq!(good(&[("FRONTDESK_DATABASE", url)]).database, Database::Sqlite(path.into()));
    }
    for (url, why) in [
        ("mysql://me:s3cret@db/x", "`mysql:` is no kind of database that can be used"),
        ("sqlite:", "`sqlite:` must be followed by the path of a file, without options"),
        ("sqlite::memory:", "`sqlite:` must be followed by the path of a file, without options"),
        ("sqlite:a.db?mode=ro", "`sqlite:` must be followed by the path of a file, without options"),
        (r"C:\a.db", "the kind of database is missing"),
    ] {
        let said = [format!(
            "FRONTDESK_DATABASE: {why}; write `sqlite:data/frontdesk.db`, or `postgres://USER@HOST/DATABASE`"
        )];
        assert_eq!(wrong(&[("FRONTDESK_DATABASE", url)]), said);
    }
}

#[test]
fn the_database_can_be_on_a_server() {
    let url = "postgres://me:s3cret@db.example/shop?sslmode=verify-full";
    let database = good(&[("FRONTDESK_DATABASE", url)]).database;
    assert_eq!(database.to_string(), "postgres://db.example:5432/shop", "a password is never shown");
    assert!(!format!("{database:?}").contains("s3cret"));
    let said = wrong(&[("FRONTDESK_DATABASE", "PostgreSQL://me:s3cret@db.example/shop")]).join("\n");
    assert!(said.contains("does not say whether to use TLS; add `?sslmode=verify-full`"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn addresses_are_whole_and_hold_nothing_else() {
    let public = good(&[("FRONTDESK_PUBLIC_URL", " https://chat.example.com/front/ ")]).public_url;
    assert_eq!(public.as_deref(), Some("https://chat.example.com/front"));
    for (variable, url, why) in [
        ("FRONTDESK_PUBLIC_URL", "ftp://chat.example.com", "it is no web address"),
        ("FRONTDESK_PUBLIC_URL", "https://", "it is no web address"),
        ("FRONTDESK_PUBLIC_URL", "https://me:s3cret@chat.example.com", "the address has a user, a `?` or a `#`"),
        ("FRONTDESK_PUBLIC_URL", "https://chat.example.com/?a=s3cret", "the address has a user, a `?` or a `#`"),
        ("WHATSAPP_API_BASE", "graph", "it is no web address"),
        ("WHATSAPP_API_BASE", "http://graph.facebook.com", "the access token would travel unencrypted"),
    ] {
        let said = wrong(&[(variable, url)]);
        assert_eq!(said.len(), 1, "{url}");
        assert!(said[0].starts_with(&format!("{variable}: {why}; write ")), "{said:?}");
        assert!(!said[0].contains("s3cret"), "{said:?}");
    }
}

#[test]
fn the_smaller_settings_are_checked_too() {
    for (variable, value, why) in [
        ("WHATSAPP_API_VERSION", "25.0", "`25.0` is no version of the Graph API; write one such as `v25.0`"),
        ("WHATSAPP_API_VERSION", "v25", "`v25` is no version of the Graph API; write one such as `v25.0`"),
        ("WHATSAPP_API_VERSION", "v25.0/x", "`v25.0/x` is no version of the Graph API; write one such as `v25.0`"),
        ("RUST_LOG", "frontdesk=loud", "`frontdesk=loud` is no log filter; write one such as `info,frontdesk=debug`"),
        ("FRONTDESK_LOG", "xml", "`xml` is no log format; write `json` or `text`"),
        (
            "FRONTDESK_LOOKUP_HOSTS",
            "ok.example, https://a.example/",
            "`https://a.example/` is more than a host; write `api.example.com`, `api.example.com:8443`, `*.example.com` \
             or `10.0.0.5:8080`",
        ),
    ] {
        assert_eq!(wrong(&[(variable, value)]), [format!("{variable}: {why}")]);
    }
    assert_eq!(good(&[("FRONTDESK_LOOKUP_HOSTS", "a.example,*.b.example:8443")]).lookups.allowed_hosts.len(), 2);
    assert_eq!(good(&[("FRONTDESK_LOG", "text"), ("RUST_LOG", "frontdesk=debug")]).log_filter, "frontdesk=debug");
}

#[test]
fn a_credential_that_cannot_be_one_is_refused_and_not_repeated() {
    let split = [("WHATSAPP_ACCESS_TOKEN", "access s3cret"), CREDENTIALS[1], CREDENTIALS[2]];
    let why =
        "WHATSAPP_ACCESS_TOKEN: it holds a space or another character that it cannot have; copy it once more, whole";
    assert_eq!(wrong(&split), [why]);
    let blank = [("WHATSAPP_ACCESS_TOKEN", " "), CREDENTIALS[1], CREDENTIALS[2]];
    assert_eq!(wrong(&blank), ["WHATSAPP_ACCESS_TOKEN: it is empty; give its value, or leave it out"]);
}

#[test]
fn a_token_for_metrics_cannot_be_guessed() {
    let token = |token: &str| read(&["--metrics-token", token], &[], "").map(|settings| settings.metrics_token);
    assert_eq!(token("0123456789abcdef").unwrap().unwrap().expose_secret(), "0123456789abcdef");
    let why = |refused: Result<_, Vec<SettingProblem>>| refused.unwrap_err()[0].to_string();
    assert_eq!(
        why(token("s3cret")),
        "--metrics-token: it has 6 characters, so that it can be guessed; write at least 16, such as \
         `openssl rand -hex 24` prints"
    );
    assert!(why(token("s3cret of many words")).contains("a space"));
    assert!(good(&[]).metrics_token.is_none());
}

#[test]
fn a_variable_of_ours_that_is_no_text_is_a_mistake() {
    let broken = || OsString::from_vec(b"\xff\xfe".to_vec());
    let variables = [("FRONTDESK_LISTEN", broken()), ("OTHER", broken()), ("FRONTDESK_LOG", "json".into())];
    let (words, problems) = in_words(variables.into_iter().map(|(name, value)| (name.into(), value)));
    assert_eq!(words, BTreeMap::from([("FRONTDESK_LOG".to_owned(), "json".to_owned())]));
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["FRONTDESK_LISTEN: it is not written in UTF-8; set it anew, or leave it out"]);
}

#[test]
fn nothing_prints_a_secret() {
    let arguments = ["--whatsapp-access-token", "access-s3cret"];
    let flags = Serve::try_parse_from(std::iter::once("serve").chain(arguments)).unwrap().settings;
    let variables = [CREDENTIALS[1], CREDENTIALS[2], ("ORDERS_TOKEN", "orders-s3cret")];
    let environment = environment(&variables, "OTHER=other-s3cret");
    let settings = Settings::read(&flags, &environment).unwrap();
    assert!(!format!("{flags:?} {environment:?} {settings:?}").contains("s3cret"));
}

#[test]
fn headers_of_lookups_see_everything_but_our_own_settings() {
    let variables = [CREDENTIALS.as_slice(), &[("ORDERS_TOKEN", "a"), ("UNUSED", "")]].concat();
    let settings = read(&[], &variables, "SHOP_KEY='b c'\nFRONTDESK_LOG=json").unwrap();
    let names: Vec<&str> = settings.lookups.env.keys().map(String::as_str).collect();
    assert_eq!(names, ["ORDERS_TOKEN", "SHOP_KEY"]);
    assert_eq!(settings.lookups.env["SHOP_KEY"].expose_secret(), "b c");
}

#[test]
fn the_file_is_read_where_it_is_and_bounded() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Environment::of_process(folder.path()).problems, []);
    let file = folder.path().join(".env");
    std::fs::write(&file, "FRONTDESK_TEST_ONLY='from file'").unwrap();
    assert_eq!(Environment::of_process(folder.path()).get("FRONTDESK_TEST_ONLY"), Some("from file"));
    let problem = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        Environment::of_process(folder.path()).problems[0].to_string()
    };
    assert_eq!(problem(&vec![b'#'; 64 * 1024 + 1]), ".env: is larger than 64 KB; keep only settings in it, one a line");
    assert_eq!(problem(b"A=\xff"), ".env: is not written in UTF-8; save it as UTF-8");
}
