//! The pages and their paths.
//!
//! Leaves out the browser's address bar (`address`).

use serde_json::Value;
use shared::canonical::Key;
use shared::id::{RunId, SetId};
use shared::json;

/// A page of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    SignIn,
    Home,
    Logs,
    Sets,
    Set(SetId),
    Runs,
    NewRun,
    Run(RunId),
    Judge(Key),
    Compare,
    Settings,
    /// Every token and component, for whoever works on the app.
    Design,
    /// No page has this path.
    Unknown,
}

impl Route {
    /// Reads a path.
    pub fn read(path: &str) -> Self {
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Self::Home,
            ["sign-in"] => Self::SignIn,
            ["logs"] => Self::Logs,
            ["sets"] => Self::Sets,
            ["sets", id] => SetId::try_from((*id).to_owned()).map_or(Self::Unknown, Self::Set),
            ["runs"] => Self::Runs,
            ["runs", "new"] => Self::NewRun,
            ["runs", id] => RunId::try_from((*id).to_owned()).map_or(Self::Unknown, Self::Run),
            ["judges", version] => key(version).map_or(Self::Unknown, Self::Judge),
            ["compare"] => Self::Compare,
            ["settings"] => Self::Settings,
            ["design"] => Self::Design,
            _ => Self::Unknown,
        }
    }

    /// Writes the path.
    pub fn path(&self) -> String {
        match self {
            Self::SignIn => "/sign-in".to_owned(),
            Self::Home | Self::Unknown => "/".to_owned(),
            Self::Logs => "/logs".to_owned(),
            Self::Sets => "/sets".to_owned(),
            Self::Set(id) => format!("/sets/{id}"),
            Self::Runs => "/runs".to_owned(),
            Self::NewRun => "/runs/new".to_owned(),
            Self::Run(id) => format!("/runs/{id}"),
            Self::Judge(version) => format!("/judges/{version}"),
            Self::Compare => "/compare".to_owned(),
            Self::Settings => "/settings".to_owned(),
            Self::Design => "/design".to_owned(),
        }
    }

    /// Names the page, for the window's title.
    pub fn title(&self) -> &'static str {
        match self {
            Self::SignIn => "Sign in",
            Self::Home => "Home",
            Self::Logs => "Logs",
            Self::Sets => "Sets",
            Self::Set(_) => "Set",
            Self::Runs => "Runs",
            Self::NewRun => "New run",
            Self::Run(_) => "Run",
            Self::Judge(_) => "Judge",
            Self::Compare => "Compare",
            Self::Settings => "Settings",
            Self::Design => "Design",
            Self::Unknown => "No such page",
        }
    }
}

/// Reads the name of a judge's version.
fn key(text: &str) -> Option<Key> {
    json::of::<_, serde_json::Error>(Value::String(text.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::view::{PAGES, PageAddress};

    impl Route {
        fn in_app() -> [Self; 11] {
            let set = SetId::try_from("s1".to_owned()).expect("an id");
            let run = RunId::try_from("r1".to_owned()).expect("an id");
            [
                Self::Home,
                Self::Logs,
                Self::Sets,
                Self::Set(set),
                Self::Runs,
                Self::NewRun,
                Self::Run(run),
                Self::Judge(key("0a").expect("a key")),
                Self::Compare,
                Self::Settings,
                Self::Design,
            ]
        }
    }

    #[test]
    fn every_path_reads_back() {
        for path in [
            "/sign-in",
            "/",
            "/logs",
            "/sets",
            "/sets/s1",
            "/runs",
            "/runs/new",
            "/runs/r1",
            "/judges/0a",
            "/compare",
            "/settings",
            "/design",
        ] {
            assert_eq!(Route::read(path).path(), path);
        }
        assert_eq!(Route::read("/sets/"), Route::Sets);
        assert_eq!(Route::read("/nowhere"), Route::Unknown);
        assert_eq!(Route::read("/runs/a.b"), Route::Unknown);
    }

    #[test]
    fn a_view_can_be_of_every_page_but_signing_in() {
        for page in PAGES {
            let path = page.replace(['{', '}'], "").replace("version", "0a");
            assert_ne!(Route::read(&path), Route::Unknown, "{page}");
        }
        let views = Route::in_app().map(|route| PageAddress::try_from(route.path()).is_ok());
        assert_eq!(views, [true; 11]);
        assert_eq!(PAGES.len(), views.len());
    }
}
