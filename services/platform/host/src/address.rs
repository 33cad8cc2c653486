//! The address of a PostgreSQL database: refused in words that never repeat what may be a password, and shown without.

use ledger::Place;

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// What may follow the `?`, as the driver knows it: anything else it would drop, and log with its value.
const PARAMETERS: &str = "sslmode ssl-mode sslrootcert ssl-root-cert ssl-ca sslcert ssl-cert sslkey ssl-key \
    statement-cache-capacity host hostaddr port dbname user password application_name options";
const SSL_MODES: &str = "disable allow prefer require verify-ca verify-full";

/// What follows the scheme, if `url` has one of PostgreSQL's.
pub(crate) fn rest(url: &str) -> Option<&str> {
    SCHEMES.into_iter().find_map(|scheme| url.strip_prefix(scheme))
}

/// Refuses what the driver would not understand.
pub(crate) fn check(url: &str) -> Result<(), String> {
    let rest = rest(url).ok_or("there is no postgres://… in it")?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let behind = place.split_once('/').map_or("", |(_, path)| path);
    if rest.contains('#') || behind.contains('@') || rest.contains(char::is_whitespace) {
        return Err("blanks, and / ? # @ in a name or a password, have to be percent-encoded".to_owned());
    }
    parameters(query).try_for_each(|(key, value)| check_parameter(key, value, query.contains('@')))
}

fn check_parameter(key: &str, value: &str, is_doubtful: bool) -> Result<(), String> {
    let has = |list: &str, word: &str| list.split_whitespace().any(|known| known == word);
    let sets_option = ["options[", "options%5B", "options%5b"].iter().any(|start| key.starts_with(start));
    let is_word = key.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-_".contains(&byte));
    match key {
        "sslmode" | "ssl-mode" if !has(SSL_MODES, &value.to_ascii_lowercase()) => {
            Err(format!("{key} is one of {}", SSL_MODES.replace(' ', ", ")))
        }
        key if has(PARAMETERS, key) || sets_option => Ok(()),
        _ if let Some(instead) = instead(key) => Err(format!("{key} is not taken: {instead}")),
        key if is_word && !is_doubtful => Err(format!("there is no parameter {key} of an address")),
        _ => Err("a parameter behind the ? is unknown".to_owned()),
    }
}

/// What there is instead of a parameter that only libpq knows.
fn instead(key: &str) -> Option<&'static str> {
    match key {
        "connect_timeout"
        | "tcp_user_timeout"
        | "keepalives"
        | "keepalives_idle"
        | "keepalives_interval"
        | "keepalives_count" => {
            Some("connecting and every statement have limits of their own, and a call its deadline")
        }
        "target_session_attrs" | "load_balance_hosts" => {
            Some("name one address that always leads to the primary, such as that of a proxy or a service")
        }
        "passfile" => Some("the variable PGPASSFILE names the file"),
        "channel_binding" | "gssencmode" | "require_auth" => {
            Some("say sslmode=verify-full, by which the server is known")
        }
        _ => None,
    }
}

fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let given = query.split('&').filter(|parameter| !parameter.is_empty());
    given.map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
}

/// The database of `service`, in words that say where it is.
pub(crate) fn words(service: &str, place: &Place) -> String {
    match place {
        Place::File(path) => format!("the database of {service} ({})", path.display()),
        Place::Database { url, .. } => match shown(url) {
            Some(at) => format!("the database of {service} at {at}"),
            None => format!("the database of {service}"),
        },
    }
}

/// `HOST:PORT/NAME`, of a usual address.
fn shown(url: &str) -> Option<String> {
    let place = rest(url)?.split('?').next()?;
    let (authority, name) = place.split_once('/').unwrap_or((place, ""));
    let host = authority.rsplit('@').next().filter(|host| !host.is_empty())?;
    let port = if host.ends_with(']') || !host.contains(':') { ":5432" } else { "" };
    Some(format!("{host}{port}/{name}").trim_end_matches('/').to_owned())
}

/// The setting of a database, `[SERVICE=]URL` or `[SERVICE=]@FILE`, without its password; none when it does not read.
pub(crate) fn without_secrets(setting: &str) -> Option<String> {
    let (service, place) = match setting.split_once('=') {
        Some((word, rest)) if word.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            (format!("{word}="), rest)
        }
        _ => (String::new(), setting),
    };
    if place.starts_with('@') {
        return Some(setting.to_owned());
    }
    check(place).ok()?;
    let (behind, query) = rest(place)?.split_once('?').unwrap_or((rest(place)?, ""));
    let (authority, name) = behind.split_once('/').unwrap_or((behind, ""));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let user = user.split(':').next().filter(|user| !user.is_empty()).map(|user| format!("{user}@"));
    let shown = parameters(query).map(|(key, value)| match key {
        "password" => format!("{key}=…"),
        _ => format!("{key}={value}"),
    });
    let query = shown.collect::<Vec<_>>().join("&");
    let address = format!("{service}postgres://{}{host}/{name}?{query}", user.unwrap_or_default());
    Some(address.trim_end_matches('?').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_the_driver_would_not_understand_is_refused_without_its_secrets() {
        for good in [
            "postgres:///intake?host=/run/postgresql",
            "postgres://ada:p%40ss@db:6432/intake?sslmode=verify-full&sslrootcert=/ca.pem",
            "postgresql://db/intake?options[search_path]=x&options%5Block_timeout%5D=1s&user=ada@fabrikam",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "mysql://ada:HUNTER2@db",
            "postgres://ada:HUN/TER2@db/x",
            "postgres://ada:12#HUNTER2@db/x",
            "postgres://ada:HUN?HUNTER2=@db/x",
            "postgres://db/x?sslmode=HUNTER2",
            "postgres://db/x?sslpassword=HUNTER2",
            "postgres://db/x?Password=HUNTER2",
            "postgres://db/x postgres://HUNTER2@db",
        ] {
            assert!(check(bad).is_err_and(|error| !error.contains("TER2")), "{bad}");
        }
        assert!(check("postgres://db/x?sslpassword=a").is_err_and(|error| error.contains("sslpassword")));
    }

    #[test]
    fn the_setting_of_a_database_is_shown_without_its_password() {
        for (setting, shown) in [
            (
                "postgres://ada:HUNTER2@db:6432/intake?sslmode=require",
                Some("postgres://ada@db:6432/intake?sslmode=require"),
            ),
            ("tasks=postgresql://db/x?password=HUNTER2", Some("tasks=postgres://db/x?password=…")),
            ("intake=@/run/secrets/intake", Some("intake=@/run/secrets/intake")),
            ("postgres://:HUNTER2@db", Some("postgres://db/")),
            ("postgres://ada:12#HUNTER2@db/x", None),
            ("postgres://ada:HUN/TER2@db/x", None),
            ("mysql://ada:HUNTER2@db", None),
            ("ada:HUNTER2@db", None),
        ] {
            assert_eq!(without_secrets(setting).as_deref(), shown, "{setting}");
        }
    }

    #[test]
    fn a_database_is_named_with_its_place_and_without_its_password() {
        let of = |url: &str| words("intake", &Place::Database { url: url.to_owned(), connections: 1 });
        let at = "the database of intake at db:5432/intake";
        assert_eq!(of("postgres://ada:HUNTER2@db/intake?password=HUNTER2"), at);
        assert_eq!(of("postgres://db:5432/intake"), at);
        assert_eq!(of("postgres:///x?host=/run"), "the database of intake");
        assert_eq!(words("intake", &Place::File("a/b.db".into())), "the database of intake (a/b.db)");
    }
}
