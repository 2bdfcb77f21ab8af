// Which space is whose: the names come from the control log (docs/client.md).
import { computed } from 'vue';
import { identity } from './session';

const OFFICE = 'office';
export const officeSpace = computed(() => OFFICE);
export const teamSpace = computed(() => identity.value?.spaces.find((space) => space !== OFFICE) ?? '');
