//! Styles of speaking over HTTP.

mod catalogue;
mod name;

pub(crate) use catalogue::{
    __path_delete, __path_get, __path_list, __path_put, delete, get, list, put,
};
pub(crate) use name::{style_key, style_name};
