//! How many files the process may have open, and how they are shared out: each connection is one,
//! and each relayed path.

use crate::config::Limits;

/// Raises the limit as far as the system allows, as the usual one is 1024, and tells it; `None`
/// where there is none, or it is not known.
pub(crate) fn allow_many() -> Option<usize> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
        let files = getrlimit(Resource::Nofile).current?;
        usize::try_from(files).ok()
    }
    #[cfg(not(unix))]
    None
}

/// The same limits, within what `files` open files are enough for: half of them for sockets, a
/// quarter for other connections, and the rest for what is relayed and for the program itself.
pub(crate) fn fit(limits: Limits, files: Option<usize>) -> Limits {
    let Some(files) = files else {
        return limits;
    };
    Limits {
        sockets: limits.sockets.min(files / 2),
        connections: limits.connections.min(files / 4),
        ..limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_are_shared_out_and_many_change_nothing() {
        let limits = |files| {
            let fitted = fit(Limits::default(), files);
            (fitted.sockets, fitted.connections)
        };
        assert_eq!(limits(Some(1024)), (512, 256));
        assert_eq!(limits(Some(65_536)), (protocol::MAX_SOCKETS, 4096));
        assert_eq!(limits(None), limits(Some(usize::MAX)));
    }
}
