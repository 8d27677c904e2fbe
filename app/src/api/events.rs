//! What the server tells by itself: server-sent events. The browser comes back by itself when a stream closes.

use web_sys::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::{Event, EventSource, MessageEvent};

/// How often in a row a stream may break before it tells anything.
const PATIENCE: u32 = 3;

/// What comes out of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An event by its name, with its data.
    Event(&'static str, String),
    /// The stream does not work: nothing more comes.
    Broken,
}

/// A stream that is listened to until this is dropped.
pub struct Events {
    source: EventSource,
    /// Kept for as long as the browser may call them.
    _listeners: Vec<Closure<dyn FnMut(Event)>>,
}

impl Events {
    /// Listens to the events of these names; none where the browser cannot.
    pub fn open(path: &str, names: &[&'static str], heard: impl Fn(Heard) + Clone + 'static) -> Option<Self> {
        let source = EventSource::new(path).ok()?;
        let breaks = std::rc::Rc::new(std::cell::Cell::new(0));
        let mut listeners = Vec::new();
        for &name in names {
            let (heard, breaks) = (heard.clone(), breaks.clone());
            let listener = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
                breaks.set(0);
                let data = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
                heard(Heard::Event(name, data.unwrap_or_default()));
            });
            source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()).ok()?;
            listeners.push(listener);
        }
        let listener = {
            let source = source.clone();
            Closure::<dyn FnMut(Event)>::new(move |_| {
                breaks.set(breaks.get() + 1);
                // A stream that closed is opened again, but one that was refused is not.
                if source.ready_state() == EventSource::CLOSED || breaks.get() >= PATIENCE {
                    source.close();
                    heard(Heard::Broken);
                }
            })
        };
        source.set_onerror(Some(listener.as_ref().unchecked_ref()));
        listeners.push(listener);
        Some(Self { source, _listeners: listeners })
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.source.set_onerror(None);
        self.source.close();
    }
}
