"""Lets the `syncano` package be imported by Python 3.8 and later.

The metaclass of its models creates each class empty and sets the members one by one. It does not pass on `__classcell__`,
the cell in which a method that calls `super()` finds its class. Newer versions of Python check that cell and raise:

    RuntimeError: __class__ not set defining 'Class' as <class 'syncano.models.classes.Class'>.

Import this module before anything from `syncano.models`. It does not change the package itself.
"""

import importlib.util
import sys

import syncano

# The metaclass must be corrected before the models are defined, which happens when `syncano.models`
# is imported. This code only registers that package, and executes it after the correction.
_spec = importlib.util.find_spec("syncano.models")
syncano.models = sys.modules[_spec.name] = importlib.util.module_from_spec(_spec)

from syncano.models.archetypes import ModelMetaclass  # noqa: E402

_add_to_class = ModelMetaclass.add_to_class


def _add_member_or_fill_cell(cls, name, value):
    if name == "__classcell__":
        value.cell_contents = cls
    else:
        _add_to_class(cls, name, value)


ModelMetaclass.add_to_class = _add_member_or_fill_cell
_spec.loader.exec_module(syncano.models)
