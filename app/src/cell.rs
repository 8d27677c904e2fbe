//! Signals and memos of any type over one machinery.
//!
//! The reactive library is compiled anew for every type that is put into it, which would be a large part of
//! what the browser loads. Texts, truths and optional texts use it directly; every other type goes through
//! here, behind one pointer.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use leptos::prelude::*;

/// A value of any type.
pub type AnyValue = Arc<dyn Any + Send + Sync>;

/// Gives a value back as what it was put in as.
pub fn cast<T: 'static>(value: &AnyValue) -> &T {
    let Some(value) = value.downcast_ref() else { unreachable!("a handle's type is that of its value") };
    value
}

/// Shares a value as what it was put in as.
pub fn share<T: Send + Sync + 'static>(value: &AnyValue) -> Arc<T> {
    let Ok(value) = value.clone().downcast() else { unreachable!("a handle's type is that of its value") };
    value
}

/// A signal of any type; a handle that can be copied.
pub struct Cell<T> {
    any: RwSignal<AnyValue>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Cell<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Cell<T> {}

impl<T: Clone + Send + Sync + 'static> Cell<T> {
    /// Starts with a value.
    pub fn new(value: T) -> Self {
        Self { any: signal_of(Arc::new(value)), kind: PhantomData }
    }

    /// Gives the value, as it changes.
    pub fn get(self) -> T {
        cast::<T>(&self.any.get()).clone()
    }

    /// Gives something of the value, as it changes.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(cast(&self.any.get()))
    }

    /// Gives the value as it is now.
    pub fn get_untracked(self) -> T {
        cast::<T>(&self.any.get_untracked()).clone()
    }

    /// Changes the value to another. Nothing happens if the page that it belongs to is gone; tells whether it is.
    pub fn set(self, value: T) -> bool {
        put(self.any, Arc::new(value))
    }

    /// Changes the value in its place. Nothing happens if the page that it belongs to is gone.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        if let Some(value) = self.any.try_get_untracked() {
            let mut value = cast::<T>(&value).clone();
            change(&mut value);
            self.set(value);
        }
    }
}

#[inline(never)]
fn signal_of(value: AnyValue) -> RwSignal<AnyValue> {
    RwSignal::new(value)
}

#[inline(never)]
fn put(signal: RwSignal<AnyValue>, value: AnyValue) -> bool {
    signal.try_set(value).is_some()
}

/// A derived value of any type; a handle that can be copied. Who reads it is told only when it really changes.
pub struct Derived<T> {
    any: Memo<Comparable>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Derived<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Derived<T> {}

/// A value of any type that can be compared with another of the same type.
#[derive(Clone)]
struct Comparable {
    value: AnyValue,
    same: fn(&AnyValue, &AnyValue) -> bool,
}

impl PartialEq for Comparable {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&self.value, &other.value)
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Derived<T> {
    /// Derives a value.
    pub fn new(derive: impl Fn() -> T + Send + Sync + 'static) -> Self {
        let same = |one: &AnyValue, other: &AnyValue| cast::<T>(one) == cast::<T>(other);
        let derive = move || Comparable { value: Arc::new(derive()), same };
        Self { any: memo_of(Box::new(derive)), kind: PhantomData }
    }

    /// Gives the value, as it changes.
    pub fn get(self) -> T {
        cast::<T>(&self.any.get().value).clone()
    }

    /// Gives something of the value, as it changes.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(cast(&self.any.get().value))
    }

    /// Gives the value as it is now.
    pub fn get_untracked(self) -> T {
        cast::<T>(&self.any.get_untracked().value).clone()
    }
}

#[inline(never)]
fn memo_of(derive: Box<dyn Fn() -> Comparable + Send + Sync>) -> Memo<Comparable> {
    Memo::new(move |_| derive())
}
