//! The countries to choose from, under their names in the visitor's language, in its order: the runtime knows both.

use lead_core::field::Country;
use std::collections::HashMap;
use worker::js_sys::{Array, Function, Intl, Object, Reflect};
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{self, JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// The names of the world's regions.
    #[wasm_bindgen(js_namespace = Intl)]
    type DisplayNames;

    #[wasm_bindgen(constructor, catch, js_namespace = Intl)]
    fn new(locales: &Array, options: &Object) -> Result<DisplayNames, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn of(this: &DisplayNames, code: &str) -> Result<JsValue, JsValue>;
}

/// Each country with its name, by name; in English where the runtime cannot tell.
pub(super) fn countries(locale: &str) -> Vec<(Country, String)> {
    named(locale).unwrap_or_else(|_| Country::all().map(|country| (country, country.name().to_owned())).collect())
}

fn named(locale: &str) -> Result<Vec<(Country, String)>, JsValue> {
    let locales = Array::of2(&locale.into(), &"en".into());
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &"region".into())?;
    let names = DisplayNames::new(&locales, &options)?;
    let mut by_name = HashMap::new();
    let list = Array::new();
    for country in Country::all() {
        let name = names.of(country.as_str())?.as_string().unwrap_or_else(|| country.name().to_owned());
        list.push(&name.as_str().into());
        by_name.insert(name, country);
    }
    // One call that sorts over there is a hundred times faster than two thousand comparisons from here.
    let compare: JsValue = Intl::Collator::new(&locales, &Object::new()).compare().into();
    let sort: Function = Reflect::get(&list, &"sort".into())?.dyn_into()?;
    sort.call1(&list, &compare)?;
    let sorted = list.iter().filter_map(|name| name.as_string());
    Ok(sorted.filter_map(|name| by_name.get(&name).map(|country| (*country, name))).collect())
}
